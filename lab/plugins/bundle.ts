import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { cacheDir, contentKey } from "../engine/cache.js";
import { isExecutable } from "../engine/find-on-path.js";

/**
 * Makes an executable of a stand-in: one JavaScript file that starts in a fraction of a second. It is bundled at
 * each call (which costs some 50 ms) and named by its content, so it is never stale.
 */
export async function bundleStandIn(name: string): Promise<string> {
  const code = await bundle(name);
  const dir = cacheDir("plugins", `${name}-${contentKey(code, process.execPath)}`);
  const script = join(dir, `pulumi-resource-${name}`);
  if (await isExecutable(script)) return script;

  const work = `${dir}.tmp-${process.pid}`;
  await mkdir(work, { recursive: true });
  await writeFile(join(work, "stand-in.cjs"), code);
  // The engine starts it in the project's directory, which is where commands without a `dir` run.
  await writeFile(
    join(work, `pulumi-resource-${name}`),
    `#!/bin/sh\nexec '${process.execPath}' '${join(dir, "stand-in.cjs")}' "$@"\n`,
  );
  await chmod(join(work, `pulumi-resource-${name}`), 0o755);
  // Another run may have been faster: the content is the same.
  await rename(work, dir).catch(() => rm(work, { recursive: true, force: true }));
  return script;
}

async function bundle(name: string): Promise<string> {
  const result = await build({
    stdin: {
      contents: `import { serve } from "./server.js"; import { provider } from "./${name}.js"; void serve(provider);`,
      resolveDir: import.meta.dirname,
      loader: "ts",
    },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node20",
    minify: true,
    keepNames: true,
    logLevel: "silent",
    // ssh2 has optional native parts and does without them.
    external: ["*.node", "cpu-features"],
  });
  return result.outputFiles[0]?.text ?? "";
}
