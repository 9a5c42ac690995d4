import { cp, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import { cacheDir, contentKey } from "./cache.js";
import { findOnPath, isExecutable } from "./find-on-path.js";
import type { Engine } from "./index.js";
import { withLock } from "./lock.js";
import { timed } from "./progress.js";
import { ENGINE_VERSION } from "./version.js";

const MINUTE = 60_000;

/** Each binary has a Go module of its own, as the two come from different versions of the same module. */
const TOOLS = [
  { module: "cli", binary: "pulumi", package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
  {
    module: "language",
    binary: "pulumi-language-nodejs",
    // The language host's own module is not served by the proxy: sdk/v3 3.55.0 is the last that holds it.
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  },
];

const BUILD_FLAGS = [
  "-trimpath",
  "-ldflags",
  `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${ENGINE_VERSION}`,
];

/** The engine, built once from the Go modules that cli/ and language/ pin, or a sentence that says why it can't be. */
export async function builtEngine(report: (line: string) => void): Promise<Engine | string> {
  const dir = cacheDir("engine", await sourcesKey());
  const engine = {
    binDir: join(dir, "bin"),
    describe: [`engine: pulumi ${ENGINE_VERSION}, built from Go modules`],
  };
  if (await isBuilt(engine.binDir)) return engine;

  const go = await findGo();
  if (go === undefined) return "Go is not installed, so it cannot be built either";
  const onWait = (holder: number) => report(`engine: process ${holder} is building it, waiting`);
  return withLock(`${dir}.lock`, { onWait, timeout: 30 * MINUTE }, async () => {
    if (await isBuilt(engine.binDir)) return engine;
    const failure = await build(go, dir, report);
    return failure ?? engine;
  });
}

async function sourcesKey(): Promise<string> {
  const files = TOOLS.flatMap(({ module }) => [`${module}/go.mod`, `${module}/go.sum`]);
  const contents = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, file))));
  return contentKey(process.platform, process.arch, ...BUILD_FLAGS, ...contents);
}

async function isBuilt(binDir: string): Promise<boolean> {
  const found = await Promise.all(TOOLS.map(({ binary }) => isExecutable(join(binDir, binary))));
  return found.every(Boolean);
}

/** Go on PATH, or where Go's installer puts it, which does not change PATH. */
function findGo(): Promise<string | undefined> {
  return findOnPath("go", [...(process.env.PATH ?? "").split(":"), "/usr/local/go/bin"]);
}

/** Builds into a directory beside the final one and renames it at the end. Gives the reason when the build failed. */
async function build(go: string, dir: string, report: (line: string) => void): Promise<string | undefined> {
  const work = `${dir}.tmp-${process.pid}`;
  await rm(work, { recursive: true, force: true });
  try {
    for (const tool of TOOLS) {
      const module = join(work, "src", tool.module);
      await mkdir(module, { recursive: true });
      for (const file of ["go.mod", "go.sum"]) {
        await cp(join(import.meta.dirname, tool.module, file), join(module, file));
      }
      await timed(`engine: downloading the Go modules of ${tool.binary}`, report, () =>
        runGo(go, ["list", "-deps", tool.package], module, 10 * MINUTE),
      );
      await timed(`engine: compiling ${tool.binary} (some minutes, once)`, report, () =>
        runGo(
          go,
          ["build", ...BUILD_FLAGS, "-o", join(work, "bin", tool.binary), tool.package],
          module,
          30 * MINUTE,
        ),
      );
    }
    await rm(join(work, "src"), { recursive: true });
    await rm(dir, { recursive: true, force: true });
    await rename(work, dir);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return `building it from Go modules failed: ${error.shortMessage}\n${lastLines(String(error.stderr ?? ""), 15)}`;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runGo(go: string, args: string[], cwd: string, timeout: number): Promise<void> {
  await execa(go, args, {
    cwd,
    timeout,
    cleanup: true,
    stdin: "ignore",
    stdout: "ignore",
    // Static binaries need no C compiler here and run in any mount namespace; a go.work outside must not interfere.
    env: { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly -buildvcs=false" },
  });
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
