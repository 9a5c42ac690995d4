import { BenchError } from "./bench-error.js";
import { readCounters } from "./counters.js";
import { type Fleet, type Systems } from "./fleet.js";
import { floors } from "./floors.js";
import { delayLinks } from "./link.js";
import { type Deployment, measure } from "./measure.js";
import { type CaseName } from "./options.js";
import { type Sample } from "./results.js";
import { type Tool } from "./tools/tool.js";

/** What a case is given. */
export interface Bench {
  readonly fleet: Fleet;
  /** The tools in the order of this run. */
  readonly tools: readonly Tool[];
  readonly report: (line: string) => void;
  /** Keeps a measurement of the case. */
  readonly keep: (tool: string, sample: Sample) => Promise<void>;
  /** Notes that a tool could not be measured. */
  readonly fail: (tool: string, reason: string) => Promise<void>;
}

const PREVIEW = ["pulumi", "preview", "--expect-no-changes", "--non-interactive"];
const ROUND_TRIP_MS = 20;
const SLOW_SECONDS = 5;

/** Each case begins and ends with the fleet converged. */
export const cases: Readonly<Record<CaseName, (bench: Bench) => Promise<void>>> = {
  all: async (bench) => change(bench, await bench.fleet.next(bench.fleet.pis)),
  one: async (bench) => change(bench, await bench.fleet.next(bench.fleet.pis.slice(0, 1))),
  none: (bench) => change(bench, bench.fleet.systems),
  preview: async (bench) => {
    if (bench.tools.some(({ name }) => name === "ours")) await take(bench, "ours", { argv: PREVIEW });
  },
  floors: async (bench) => {
    for (const [name, command] of await floors(bench.fleet)) await take(bench, name, command);
  },
  provision: async (bench) => {
    for (const tool of bench.tools) {
      await bench.fleet.flashAll();
      await deploy(bench, tool, bench.fleet.systems);
    }
    await bench.fleet.up();
  },
  far: async (bench) => {
    const { fleet } = bench;
    const next = await fleet.next(fleet.pis, SLOW_SECONDS);
    const delay = await delayLinks(fleet.pis, ROUND_TRIP_MS);
    bench.report(`far: ${delay.what}; an activation takes ${SLOW_SECONDS} s`);
    try {
      await change(bench, next);
    } finally {
      await delay.end();
    }
    await fleet.next(fleet.pis);
    await converge(fleet);
  },
};

/** Deploys the same systems by each tool, from the same ones. */
async function change(bench: Bench, next: Systems): Promise<void> {
  const { fleet, tools } = bench;
  const before = fleet.systems;
  let failed = false;
  for (const [i, tool] of tools.entries()) {
    failed = !(await deploy(bench, tool, next)) || failed;
    await fleet.put(i === tools.length - 1 && !failed ? next : before);
  }
  fleet.systems = next;
  // What only others deployed is news to our program.
  if (failed || !tools.some(({ name }) => name === "ours")) await converge(fleet);
  else await fleet.verify();
}

async function converge(fleet: Fleet): Promise<void> {
  await fleet.up();
  fleet.systems = await fleet.configured();
  await fleet.verify();
}

/** Measures one deployment and makes sure that it did what was asked. */
async function deploy(bench: Bench, tool: Tool, systems: Systems): Promise<boolean> {
  return take(bench, tool.name, await tool.deployment(bench.fleet, systems), () =>
    bench.fleet.verify(systems),
  );
}

async function take(
  { fleet, report, keep, fail }: Bench,
  name: string,
  command: Deployment,
  verify = async () => undefined as void,
): Promise<boolean> {
  try {
    const before = await readCounters(fleet.pis);
    const { wallSeconds, cpuSeconds, peakBytes, linesPrinted } = await measure(fleet.tools, command);
    const after = await readCounters(fleet.pis);
    await verify();
    await keep(name, {
      wallSeconds,
      cpuSeconds,
      peakBytes,
      logins: (after.logins - before.logins) / fleet.pis.length,
      bytesCopied: after.bytes - before.bytes,
      linesPrinted,
    });
    report(`${name}: ${wallSeconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`);
    return true;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    report(`${name} failed: ${error.message}`);
    await fail(name, error.message.split("\n")[0] ?? "");
    return false;
  }
}
