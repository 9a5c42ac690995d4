import { readdir, readFile, readlink } from "node:fs/promises";

export interface Process {
  readonly pid: number;
  readonly argv: string;
  readonly cwd: string;
  /** Its network namespace: each host of each lab has one, the laptop too. */
  readonly network: string;
}

/** Every process on the machine with its command line and network, as it can be seen at this moment. */
export async function processes(): Promise<Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      argv: (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " "),
      cwd: await readlink(`/proc/${pid}/cwd`).catch(() => ""),
      network: await readlink(`/proc/${pid}/ns/net`).catch(() => ""),
    })),
  );
  return all.filter(({ argv }) => argv !== "");
}
