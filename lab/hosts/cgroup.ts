import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "./exists.js";
import { LabError } from "./lab-error.js";
import { labId } from "./paths.js";
import { killNow, until } from "./process.js";

/** The lab's directory in the cgroup 2 hierarchy; below it: `keeper`, one for each host, and `exec`. */
export async function labCgroup(...parts: string[]): Promise<string> {
  const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" "));
  const mountPoint = mounts.find((fields) => fields[2] === "cgroup2")?.[1];
  if (mountPoint === undefined) {
    throw new LabError("The lab needs cgroup 2: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified");
  }
  return join(mountPoint, `pi-fleet-lab-${labId()}`, ...parts);
}

/** Makes the cgroups that processes of the lab are put into before they start. */
export async function makeCgroups(): Promise<void> {
  for (const part of ["keeper", "exec"]) await mkdir(await labCgroup(part), { recursive: true });
}

/** Kills every process in a cgroup and below it, and removes it. */
export async function removeCgroup(directory: string): Promise<void> {
  await until(
    async () => {
      await killAll(directory);
      return removeTree(directory);
    },
    20,
    () => `The processes in ${directory} survive being killed: see its cgroup.procs.`,
  );
}

async function killAll(directory: string): Promise<void> {
  try {
    await writeFile(join(directory, "cgroup.kill"), "1");
  } catch {
    // Kernels before 5.14 have no cgroup.kill.
    for (const child of await subdirectories(directory)) await killAll(child);
    const procs = await readFile(join(directory, "cgroup.procs"), "utf8").catch(() => "");
    for (const pid of procs.split("\n").filter(Boolean)) killNow(Number(pid));
  }
}

async function removeTree(directory: string): Promise<boolean> {
  for (const child of await subdirectories(directory)) await removeTree(child);
  await rmdir(directory).catch(() => undefined);
  return !(await exists(directory));
}

async function subdirectories(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
}
