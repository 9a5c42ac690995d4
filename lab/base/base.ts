import { createHash } from "node:crypto";
import { readFile, readdir, rename, rm, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa, ExecaError } from "execa";
import { alone } from "../engine/alone.js";
import { cacheDir } from "../engine/cache.js";
import { findOnPath } from "../engine/find-on-path.js";
import { withLock } from "../engine/lock.js";
import { timed } from "../engine/progress.js";
import { exists } from "../hosts/exists.js";
import { LabError } from "../hosts/lab-error.js";

const here = dirname(fileURLToPath(import.meta.url));
const SUITES = ["forky", "trixie"] as const;
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

type Report = (line: string) => void;

/**
 * The image below every virtual machine, built once and kept in the cache: `rootfs`, `nix` (for the laptop),
 * `busybox/<system>/sh` and `qemu-aarch64`.
 */
export async function ensureBase(report: Report): Promise<string> {
  const directory = cacheDir(`base-${await sourcesKey()}`);
  if (await exists(directory)) return directory;
  return withLock(
    `${directory}.lock`,
    { timeout: 15 * 60_000, onWait: (pid) => report(`base image: process ${pid} is building it, waiting …`) },
    async () => {
      if (!(await exists(directory))) await build(directory, report);
      return directory;
    },
  );
}

async function build(directory: string, report: Report): Promise<void> {
  await requireBootstrapTools(report);
  const unfinished = `${directory}.new`;
  await timed("base image (Debian with Nix, systemd and sshd; once, about 30 s)", report, async () => {
    const refusals: string[] = [];
    for (const suite of SUITES) {
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished, { recursive: true });
      const refusal = await bootstrap(unfinished, directory, suite);
      if (refusal === undefined) return rename(unfinished, directory);
      refusals.push(`${suite}: ${refusal}`);
    }
    throw new LabError(`The base image can't be built.\n${refusals.join("\n")}`);
  });
}

/** The end of the output when the build failed. */
async function bootstrap(unfinished: string, directory: string, suite: string): Promise<string | undefined> {
  const mirror = process.env.PI_FLEET_DEBIAN_MIRROR ?? "";
  try {
    const [file = "", ...args] = [
      ...alone,
      "sh",
      join(here, "build.sh"),
      unfinished,
      directory,
      suite,
      mirror,
    ];
    await execa(file, args, { all: true, env: { LC_ALL: "C.UTF-8" } });
    return undefined;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    if (error.isTerminated) throw new LabError("The build of the base image was interrupted.");
    return (error.all ?? error.shortMessage).split("\n").slice(-8).join("\n");
  }
}

async function requireBootstrapTools(report: Report): Promise<void> {
  const missing: string[] = [];
  if ((await findOnPath("mmdebstrap")) === undefined) missing.push("mmdebstrap");
  if (!(await exists(KEYRING))) missing.push("debian-archive-keyring");
  if (missing.length === 0) return;
  const install = `apt-get install --yes --no-install-recommends ${missing.join(" ")}`;
  if ((await findOnPath("apt-get")) === undefined) {
    throw new LabError(
      `The lab's base image is made with mmdebstrap and Debian's archive keys. Install: ${missing.join(", ")}.`,
    );
  }
  report(`installing ${missing.join(" and ")} on this machine: ${install}`);
  await execa("sh", ["-c", `${install} || { apt-get update && ${install}; }`], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

/** Changes with everything in this directory that the image is made of. */
async function sourcesKey(): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(here, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`${file.slice(here.length)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
