import { readdir, readFile, readlink } from "node:fs/promises";

/** Every process on the machine with its command line, as it can be seen at this moment. */
export async function processes(): Promise<{ pid: number; argv: string; cwd: string }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      argv: (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " "),
      cwd: await readlink(`/proc/${pid}/cwd`).catch(() => ""),
    })),
  );
  return all.filter(({ argv }) => argv !== "");
}
