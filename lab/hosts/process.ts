import { readFile, readlink } from "node:fs/promises";
import { until as askUntil } from "../../components/shared/until.js";
import { LabError } from "./lab-error.js";

/** The process that a file names as "PID STARTTIME"; undefined when it is gone or its id belongs to another. */
export async function livePid(file: string): Promise<number | undefined> {
  const [pid, started] = (await readFile(file, "utf8").catch(() => "")).trim().split(" ");
  if (pid === undefined || started === undefined) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // Counted from the end of the command name, which may hold anything: the start time is field 22.
  if (stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] !== started) return undefined;
  // What is on its way out (PID 1 of a namespace waits there for all others) has no program any more.
  const program = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  return program === undefined ? undefined : Number(pid);
}

/** Kills at once, which an already dead process doesn't mind. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Waits until `condition` gives a value; fails with `otherwise` after `seconds`. */
export async function until<T>(
  condition: () => Promise<T | undefined | false>,
  seconds: number,
  otherwise: () => string | Promise<string>,
  everySeconds = 0.03,
): Promise<T> {
  const value = await askUntil(condition, { limitSeconds: seconds, everySeconds });
  if (value === undefined) throw new LabError(await otherwise());
  return value;
}
