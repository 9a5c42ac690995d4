import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 250;

export interface LockOptions {
  /** Called once, when another process holds the lock. */
  readonly onWait?: (holder: number) => void;
  /** Milliseconds after which waiting is given up. */
  readonly timeout: number;
}

/** Runs `work` while no other process on this machine runs one with the same lock file. */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await acquire(file, options);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string, { onWait, timeout }: LockOptions): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const deadline = Date.now() + timeout;
  let told = false;
  while (!(await tryAcquire(file))) {
    const holder = await liveHolder(file);
    if (holder === undefined) {
      await removeStale(file);
      continue;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `Process ${holder} has held ${file} for too long. Stop it, or remove the file, and run again.`,
      );
    }
    if (!told) onWait?.(holder);
    told = true;
    await delay(POLL_MS);
  }
}

async function tryAcquire(file: string): Promise<boolean> {
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(`${process.pid} ${await startTime(process.pid)}`);
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** The holder's process id; undefined when it is gone, was killed, or its id now belongs to another process. */
async function liveHolder(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const [pid = "", started = ""] = text.split(" ");
  // The file is empty for a moment before its owner writes to it, so an empty file is read again after one poll.
  if (pid === "") {
    await delay(POLL_MS);
    return (await readFile(file, "utf8").catch(() => "")) === "" ? undefined : 0;
  }
  return (await startTime(Number(pid))) === started ? Number(pid) : undefined;
}

/** Removes a lock whose holder is gone. It is renamed first, so that only one of several waiters removes it. */
async function removeStale(file: string): Promise<void> {
  const aside = `${file}.stale-${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The command name (field 2) may hold spaces and parentheses: count from its end. Start time is field 22.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}
