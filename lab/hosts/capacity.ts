import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDir } from "../engine/cache.js";
import { withLock } from "../engine/lock.js";
import { labCgroup } from "./cgroup.js";
import { exists } from "./exists.js";
import { LabError } from "./lab-error.js";
import { labId } from "./paths.js";

// What many systemds on one kernel need of the machine: memory, and more inotify instances than Linux allows by default.

/** Measured on a Pi of the lab: 16 MiB of its own, and as much again for the kernel and for a deployment. */
const MIB_A_HOST = 40;
/** What the machine keeps for the deployer and for everything else. */
const MIB_BESIDES = 1024;
/** Measured: systemd 5, dbus 1, avahi 1. Each path unit of a system adds one. Where they end, units fail with "resources". */
const INOTIFY_A_HOST = 10;
/** What the rest of the machine may use. */
const INOTIFY_BESIDES = 32;
const LIMIT = "/proc/sys/fs/inotify/max_user_instances";

/** Fails when there is too little memory for so many hosts, and says how many there is memory for. */
export function requireMemory(hosts: number, freeMib: number): void {
  const fit = Math.floor((freeMib - MIB_BESIDES) / MIB_A_HOST);
  if (hosts <= fit) return;
  throw new LabError(
    `${hosts} hosts need ${hosts * MIB_A_HOST + MIB_BESIDES} MiB of free memory, and this machine has ${freeMib}. ` +
      `There is memory for ${Math.max(0, fit)} hosts, the NAS included: set PI_FLEET_LAB_HOSTS.`,
  );
}

/** The memory that new processes can have, in MiB. */
export async function freeMemory(): Promise<number> {
  const found = /^MemAvailable: +(\d+) kB/m.exec(await readFile("/proc/meminfo", "utf8"));
  return Math.floor(Number(found?.[1] ?? 0) / 1024);
}

/**
 * Raises the machine's limit of inotify instances when the labs on it need more. It is one for all processes of root, so
 * all labs share it; the last of them restores it.
 */
export async function raiseInotify(
  hosts: number,
  report: (line: string) => void,
  limitFile = LIMIT,
): Promise<void> {
  await locked(async () => {
    await mkdir(users(), { recursive: true });
    await writeFile(users(labId()), String(hosts * INOTIFY_A_HOST));
    const limit = Number(await readFile(limitFile, "utf8"));
    const needed = INOTIFY_BESIDES + (await needOfAll());
    if (needed <= limit) return;
    await writeFile(raisedFile(), `${(await raised())?.before ?? limit} ${needed}`);
    await writeFile(limitFile, String(needed)).catch((error: Error) => {
      throw new LabError(
        `${hosts} hosts need more inotify instances than the machine allows, and the lab can't raise the limit: ` +
          `${error.message}. Run: sysctl fs.inotify.max_user_instances=${needed}`,
      );
    });
    report(`fs.inotify.max_user_instances is ${needed} while this lab is up; it was ${limit}`);
  });
}

/** Gives back what `raiseInotify` took, when no other lab needs it. */
export async function restoreInotify(limitFile = LIMIT): Promise<void> {
  await locked(async () => {
    await rm(users(labId()), { force: true });
    const was = await raised();
    if (was === undefined || INOTIFY_BESIDES + (await needOfAll()) > was.before) return;
    // Somebody who has set it since knows better.
    if (Number(await readFile(limitFile, "utf8")) === was.to) await writeFile(limitFile, String(was.before));
    await rm(raisedFile(), { force: true });
  });
}

/** The limit before a lab raised it, and what it was raised to. */
async function raised(): Promise<{ before: number; to: number } | undefined> {
  const [before, to] = (await readFile(raisedFile(), "utf8").catch(() => "")).split(" ").map(Number);
  return before && to ? { before, to } : undefined;
}

/** What this lab and the others that are up need. One whose cgroup is gone was ended by a crash of the machine. */
async function needOfAll(): Promise<number> {
  const cgroups = dirname(await labCgroup());
  let sum = 0;
  for (const lab of await readdir(users()).catch(() => [])) {
    const isUp = lab === labId() || (await exists(join(cgroups, `pi-fleet-lab-${lab}`)));
    if (isUp) sum += Number(await readFile(users(lab), "utf8"));
    else await rm(users(lab), { force: true });
  }
  return sum;
}

function users(...parts: string[]): string {
  return cacheDir("inotify-users", ...parts);
}

function raisedFile(): string {
  return cacheDir("inotify-raised");
}

function locked(work: () => Promise<void>): Promise<void> {
  return withLock(cacheDir("inotify.lock"), { timeout: 20_000 }, work);
}
