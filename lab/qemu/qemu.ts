import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheDir } from "../engine/cache.js";
import { withLock } from "../engine/lock.js";
import { timed } from "../engine/progress.js";
import { exists } from "../hosts/exists.js";
import { LabError } from "../hosts/lab-error.js";

const here = dirname(fileURLToPath(import.meta.url));

type Report = (line: string) => void;

/**
 * What the QEMU Pi is made of, built once and kept in the cache: `qemu`, `virt` and `rpi_3` with their U-Boots, `blobs`
 * for the Nix store, and `qemu.json` with the hashes of those. build.sh says more.
 */
export async function ensureQemu(base: string, report: Report): Promise<string> {
  const directory = cacheDir(`qemu-${await sourcesKey(base)}`);
  if (await exists(directory)) return directory;
  return withLock(
    `${directory}.lock`,
    { timeout: 30 * 60_000, onWait: (pid) => report(`QEMU Pi: process ${pid} is building it, waiting …`) },
    async () => {
      if (!(await exists(directory))) await build(directory, base, report);
      return directory;
    },
  );
}

async function build(directory: string, base: string, report: Report): Promise<void> {
  const unfinished = `${directory}.new`;
  await timed("QEMU, U-Boot, two kernels and a Debian for arm64 (once, some minutes)", report, async () => {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    const mirror = process.env.PI_FLEET_DEBIAN_MIRROR;
    const argv = [join(here, "build.sh"), unfinished, base, ...(mirror ? [mirror] : [])];
    const { exitCode, all } = await execa("setpriv", ["--pdeathsig", "KILL", "sh", ...argv], {
      all: true,
      reject: false,
      env: { LC_ALL: "C.UTF-8" },
    });
    if (exitCode !== 0)
      throw new LabError(`The QEMU Pi can't be built.\n${all.split("\n").slice(-8).join("\n")}`);
    await writeFile(join(unfinished, "qemu.json"), JSON.stringify(await hashes(unfinished), null, 2));
    await rename(unfinished, directory);
  });
}

/** Name of a blob => its hash, and the version of a kernel. */
async function hashes(directory: string): Promise<Record<string, { sha256: string; version?: string }>> {
  const found: Record<string, { sha256: string; version?: string }> = {};
  for (const blob of await readdir(join(directory, "blobs"))) {
    const name = basename(blob, ".tar.zst");
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(directory, "blobs", blob)), hash);
    const version = await readFile(join(directory, `${name}.version`), "utf8").catch(() => undefined);
    found[name] = {
      sha256: hash.digest("hex"),
      ...(version === undefined ? {} : { version: version.trim() }),
    };
  }
  return found;
}

/** Changes with the base image, the recipe and the files that go to the userland. */
async function sourcesKey(base: string): Promise<string> {
  const hash = createHash("sha256").update(basename(base));
  const entries = await readdir(here, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(file.slice(here.length)).update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}
