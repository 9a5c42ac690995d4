import { copyFile, cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentKey } from "../engine/cache.js";
import { exists } from "./exists.js";
import { checkout, generatedDir, labDir } from "./paths.js";

const SYSTEMS = ["x86_64-linux", "aarch64-linux"] as const;

/** Writes the stand-in for nixpkgs that the flake is evaluated with: the modules, a shell for each system, what makes images. */
export async function generateNixpkgs(base: string): Promise<void> {
  const source = join(checkout, "lab/nixpkgs");
  const target = join(generatedDir, "nixpkgs");
  const stamp = `${target}.key`;
  const key = contentKey(base, ...(await contents(source)));
  if ((await readFile(stamp, "utf8").catch(() => "")) === key) return;
  const fresh = `${target}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(generatedDir, { recursive: true });
  await cp(source, fresh, { recursive: true });
  for (const system of SYSTEMS) {
    await mkdir(join(fresh, "busybox", system), { recursive: true });
    await copyFile(join(base, "busybox", system, "sh"), join(fresh, "busybox", system, "sh"));
  }
  await cp(join(base, "image-tools"), join(fresh, "image-tools"), { recursive: true });
  if (await exists(qemuFile(target))) await copyFile(qemuFile(target), qemuFile(fresh));
  await rm(target, { recursive: true, force: true });
  await rename(fresh, target);
  await writeFile(stamp, key);
}

/** Has the stand-in for nixpkgs find what the QEMU Pi is made of. */
export async function useQemuFiles(made: string): Promise<void> {
  await copyFile(qemuFile(made), qemuFile(join(generatedDir, "nixpkgs")));
}

function qemuFile(directory: string): string {
  return join(directory, "qemu.json");
}

/** Writes what configures Nix and git, and the names on the laptop. */
export async function writeLaptopFiles(base: string, hosts: string): Promise<void> {
  await mkdir(labDir("nix-conf"), { recursive: true });
  await mkdir(labDir("config/git"), { recursive: true });
  await writeFile(labDir("config/git/config"), "[safe]\n\tdirectory = *\n");
  // Written in place: /etc/hosts of a running lab is a mount of this very file.
  await writeFile(labDir("hosts.txt"), hosts);
  await writeFile(
    labDir("nix-conf/nix.conf"),
    `experimental-features = nix-command flakes
substituters =
flake-registry =
build-users-group =
sandbox = true
sandbox-paths = /bin/sh=${base}/busybox/x86_64-linux/sh
extra-platforms = aarch64-linux
`,
  );
}

async function contents(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const parts = files.sort().map(async (file) => [file, await readFile(file, "utf8")]);
  return (await Promise.all(parts)).flat();
}
