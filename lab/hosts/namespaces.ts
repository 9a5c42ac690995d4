import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { once } from "node:events";
import { labCgroup, makeCgroups } from "./cgroup.js";
import { LabError } from "./lab-error.js";
import { labDir, script } from "./paths.js";
import { livePid, until } from "./process.js";

/** The process that holds the lab's namespaces; undefined when the lab is not started. */
export async function anchorPid(): Promise<number | undefined> {
  return livePid(labDir("run/anchor"));
}

/** The process that holds the lab's namespaces. Fails when the lab is not started. */
export async function requireAnchor(): Promise<number> {
  const pid = await anchorPid();
  if (pid === undefined) throw new LabError("The lab is not started. Start it with: npm run lab");
  return pid;
}

/** The prefix of a command that runs on the laptop: in the lab's mount and network namespaces. */
export function onLaptop(anchor: number): string[] {
  return ["nsenter", `--target=${anchor}`, "--mount", "--net"];
}

/** A path as the laptop sees it, for this process to read and write. */
export async function laptopPath(path: string): Promise<string> {
  return `/proc/${await requireAnchor()}/root${path}`;
}

/** Makes the namespaces, the laptop's root and the network, unless they exist. */
export async function startNamespaces(): Promise<number> {
  const running = await anchorPid();
  if (running !== undefined) return running;
  await mkdir(labDir("run"), { recursive: true });
  await mkdir(labDir("nix"), { recursive: true });
  await rm(labDir("run/anchor"), { force: true });
  await makeCgroups();
  const failed = await startDetached("anchor", [
    ..."unshare --mount --net --pid --fork --propagation private sh".split(" "),
    script("anchor.sh"),
    labDir(),
    await labCgroup(),
  ]);
  return until(
    async () => {
      if (failed.aborted) throw new LabError(`The lab's namespaces can't be made: ${await log("anchor")}`);
      return anchorPid();
    },
    20,
    async () => `The lab's namespaces were not ready in 20 s: ${await log("anchor")}`,
  );
}

/** Starts a process that outlives this one, with its output in `run/NAME.log`. The signal is aborted when it fails. */
export async function startDetached(name: string, argv: readonly string[]): Promise<AbortSignal> {
  const [command = "", ...args] = argv;
  const output = await open(labDir(`run/${name}.log`), "w");
  const failed = new AbortController();
  try {
    const child = spawn(command, args, {
      detached: true,
      cwd: "/",
      env: { PATH: process.env.PATH, LAB_CARD_SIZE: process.env.PI_FLEET_LAB_CARD_SIZE },
      stdio: ["ignore", output.fd, output.fd],
    });
    child.once("exit", (code) => code !== 0 && failed.abort());
    await once(child, "spawn");
    child.unref();
  } finally {
    await output.close();
  }
  return failed.signal;
}

/** What a detached process has written. */
export async function log(name: string): Promise<string> {
  return (await readFile(labDir(`run/${name}.log`), "utf8").catch(() => "")).trim() || "(no output)";
}
