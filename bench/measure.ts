import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { labCgroup, removeCgroup } from "../lab/hosts/cgroup.js";
import { laptopEnvironment, type Tools } from "../lab/hosts/environment.js";
import { onLaptop, requireAnchor } from "../lab/hosts/namespaces.js";
import { checkout, script } from "../lab/hosts/paths.js";
import { BenchError } from "./bench-error.js";
import { type Sample } from "./results.js";

const PAGE = 4096;
const SAMPLE_MS = 100;

/** A command on the laptop. */
export interface Deployment {
  readonly argv: readonly string[];
  /** @default the checkout */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export type OwnFigures = Pick<Sample, "wallSeconds" | "cpuSeconds" | "peakBytes" | "linesPrinted">;

let commands = 0;

/**
 * Runs a command on the laptop in a cgroup of its own, and gives what it took. The kernel counts the CPU time of every
 * process that the command has started, also of those that it does not wait for. Fails when the command does.
 */
export async function measure(
  tools: Tools,
  { argv, cwd = checkout, env = {}, input = "" }: Deployment,
): Promise<OwnFigures & { readonly stdout: string }> {
  const cgroup = await labCgroup("exec", `bench-${process.pid}-${commands++}`);
  await mkdir(cgroup, { recursive: true });
  const [file = "", ...args] = [
    ...onLaptop(await requireAnchor()),
    ...["sh", script("enter.sh"), cgroup, cwd],
    ...argv,
  ];
  let peakBytes = 0;
  const sampling = setInterval(() => {
    void residentBytes(cgroup).then((bytes) => (peakBytes = Math.max(peakBytes, bytes)));
  }, SAMPLE_MS);
  try {
    const start = performance.now();
    const { exitCode, stdout, stderr } = await execa(file, args, {
      cwd: "/",
      reject: false,
      extendEnv: false,
      env: { ...laptopEnvironment(tools), ...env },
      input,
    });
    const wallSeconds = (performance.now() - start) / 1000;
    const cpuSeconds = await cpuTime(cgroup);
    if (exitCode !== 0)
      throw new BenchError(`${argv.join(" ")} failed.\n${lastLines(`${stdout}\n${stderr}`)}`);
    return { wallSeconds, cpuSeconds, peakBytes, linesPrinted: lines(stdout) + lines(stderr), stdout };
  } finally {
    clearInterval(sampling);
    await removeCgroup(cgroup);
  }
}

/** The CPU time of all processes that were ever in a cgroup. The kernel counts it in every cgroup 2. */
async function cpuTime(cgroup: string): Promise<number> {
  const stat = await readFile(join(cgroup, "cpu.stat"), "utf8");
  const found = /^usage_usec (\d+)$/m.exec(stat);
  if (!found) throw new BenchError(`${cgroup}/cpu.stat does not tell usage_usec.`);
  return Number(found[1]) / 1e6;
}

/** The resident memory of a cgroup's processes now. What they share counts for each. */
async function residentBytes(cgroup: string): Promise<number> {
  const pids = (await readFile(join(cgroup, "cgroup.procs"), "utf8").catch(() => ""))
    .split("\n")
    .filter(Boolean);
  const sizes = pids.map(async (pid) => {
    const statm = await readFile(`/proc/${pid}/statm`, "utf8").catch(() => "");
    return Number(statm.split(" ")[1] ?? 0) * PAGE;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function lines(text: string): number {
  return text === "" ? 0 : text.split("\n").length;
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-25).join("\n");
}
