import { lstat, mkdir, readFile, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { ensureBase } from "../base/base.js";
import { withLock } from "../engine/lock.js";
import { timed } from "../engine/progress.js";
import { freeMemory, requireMemory, raiseInotify, restoreInotify } from "./capacity.js";
import { labCgroup, removeCgroup } from "./cgroup.js";
import { startEmulation, stopEmulation } from "./emulation.js";
import { flash, isFlashedWith } from "./flash.js";
import { generateNixpkgs, writeLaptopFiles } from "./generated.js";
import { gitHubIsUp, startGitHub } from "./github.js";
import { host } from "./host.js";
import { exists } from "./exists.js";
import { LabError } from "./lab-error.js";
import { requireMachine } from "./machine.js";
import { anchorPid, startNamespaces } from "./namespaces.js";
import { generatedDir, labDir } from "./paths.js";
import { ensurePerson, nasBundle } from "./person.js";
import { killNow, until } from "./process.js";
import { removeStackFile } from "./stack.js";
import { hostsFile, machines, nas } from "./topology.js";

const MARKER = ".pi-fleet-lab";

type Report = (line: string) => void;

/** Starts what is not started: base image, network, emulation, NAS, GitHub. Gives the base image's directory. */
export async function startLab(report: Report): Promise<string> {
  await requireMachine();
  await claimDirectory();
  await requireSameSize();
  // Cards are overlays on the image that they were flashed with, so a running lab keeps its image.
  const base = (await baseInUse()) ?? (await ensureBase(report));
  await generateNixpkgs(base);
  if ((await anchorPid()) !== undefined && (await host(nas.name).isUp()) && (await gitHubIsUp())) return base;
  await withLock(labDir("start.lock"), { timeout: 120_000 }, async () => {
    await mkdir(labDir("run"), { recursive: true });
    await ensurePerson();
    await writeLaptopFiles(base, hostsFile());
    if ((await baseInUse()) === undefined) await useBase(base);
    requireMemory(machines.length, await freeMemory());
    await raiseInotify(machines.length, report);
    if ((await anchorPid()) === undefined) await timed("network", report, startNamespaces);
    // Not only with a new network: an earlier start may have been killed between the two.
    await startEmulation(base);
    await timed("NAS", report, startNas);
    await timed("GitHub", report, startGitHub);
  });
  return base;
}

/** Ends the lab and removes everything of it, except the shared cache. May be repeated, and run after a crash. */
export async function stopLab(): Promise<void> {
  await requireMachine();
  const anchor = await anchorPid();
  if (anchor !== undefined) killNow(anchor);
  await removeCgroup(await labCgroup());
  await stopEmulation();
  await restoreInotify();
  await removeStackFile();
  if (!(await exists(labDir()))) return;
  await claimDirectory();
  await until(
    async () => (await loopDevices()).length === 0,
    20,
    async () => `Still in use: ${(await loopDevices()).join(", ")}. Detach with losetup --detach.`,
  );
  await rm(labDir(), { recursive: true, force: true });
  await rm(generatedDir, { recursive: true, force: true });
}

/** The base image that this lab was started with, as long as the cache has it. */
async function baseInUse(): Promise<string | undefined> {
  const base = await readlink(labDir("run/base")).catch(() => undefined);
  return base !== undefined && (await exists(base)) ? base : undefined;
}

async function useBase(base: string): Promise<void> {
  // A card can't be read without the image that it is an overlay on.
  await rm(labDir("hosts"), { recursive: true, force: true });
  await rm(labDir("run/base"), { force: true });
  await symlink(base, labDir("run/base"));
}

async function startNas(): Promise<void> {
  const box = host(nas.name);
  const bundle = await nasBundle();
  if (!(await isFlashedWith(box, bundle))) await flash(box, bundle);
  await box.boot();
}

/** Makes sure that the lab's directory is empty or a lab's, so that nothing else is ever filled or removed. */
async function claimDirectory(): Promise<void> {
  const directory = labDir();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const entries = await readdir(directory);
  const { uid } = await lstat(directory);
  if (uid !== process.getuid?.() || (entries.length > 0 && !entries.includes(MARKER))) {
    throw new LabError(`${directory} belongs to something else. Set PI_FLEET_LAB_DIR to an empty directory.`);
  }
  await writeFile(labDir(MARKER), "");
}

/** A lab keeps its size: its cards, names and state are those of the hosts that it began with. */
async function requireSameSize(): Promise<void> {
  const file = labDir("hosts.txt");
  const known = await readFile(file, "utf8").catch(() => "");
  if (known === "" || known === hostsFile()) return;
  const count = known.split("\n").filter((line) => /^10\.77\.0\.\d+ lab-\d+\./.test(line)).length;
  const was = count > 0 ? `with PI_FLEET_LAB_HOSTS=${count}` : "without PI_FLEET_LAB_HOSTS";
  throw new LabError(`This lab was started ${was}. Set it so, or end the lab first: npm run lab -- down`);
}

/** Loop devices that hold a card of this lab. */
async function loopDevices(): Promise<string[]> {
  const names = await readdir(labDir("hosts")).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const card = labDir("hosts", name, "card.img");
      if (!(await exists(card))) return [];
      const { stdout } = await execa("losetup", ["--noheadings", "--output=NAME", "--associated", card]);
      return stdout.split("\n").filter(Boolean);
    }),
  );
  return found.flat();
}
