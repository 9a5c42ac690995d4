import { z } from "zod";
import { withLock } from "./engine/lock.js";
import { timed } from "./engine/progress.js";
import {
  execOnLaptop,
  flash,
  host,
  isFlashedWith,
  LabError,
  labDir,
  labTools,
  pis,
  QemuPi,
  qemuPi,
  type FirstBootBundle,
  type RunningCommand,
  type Tools,
} from "./hosts/index.js";
import { addQemuPi, hasQemuPi, startQemuPi } from "./qemu-up.js";
import { shortSystem, table } from "./table.js";

type Report = (line: string) => void;

export interface UpOptions {
  readonly report: Report;
  /** Called with each command that uses the terminal. */
  readonly watch: (running: RunningCommand) => void;
  /** Aborted when a person wants to stop: no further command is started then. */
  readonly stop: AbortSignal;
  /** Adds the QEMU Pi. */
  readonly qemu: boolean;
}

const INTERRUPTED = 130;

const bundles = z.record(
  z.string(),
  z.object({
    hostPrivateKey: z.string(),
    hostPublicKey: z.string(),
    user: z.string(),
    authorizedKeys: z.array(z.string()),
    secrets: z.array(z.object({ path: z.string(), content: z.string() })),
  }),
);

const outcomes = z.record(
  z.string(),
  z.object({
    status: z.string(),
    old: z.string().optional(),
    new: z.string().optional(),
    seconds: z.number().optional(),
  }),
);

/** Starts the lab, flashes Pis that are new, converges all and shows them. Gives pulumi's exit code. */
export async function up(options: UpOptions): Promise<number> {
  const { report, stop } = options;
  const tools = await labTools(report);
  tools.describe.forEach(report);
  if (options.qemu) await addQemuPi(report);
  if (await hasQemuPi()) await QemuPi.prepare(tools, report);
  const waiting = {
    timeout: 30 * 60_000,
    onWait: (pid: number) => report(`process ${pid} is converging this lab, waiting …`),
  };
  return withLock(labDir("up.lock"), waiting, async () => {
    let bundle = await firstBoot(tools);
    if (bundle === undefined || (options.qemu && bundle[qemuPi.name] === undefined)) {
      const code = await pulumiUp("pulumi up: keys for the first boot", tools, options);
      if (stop.aborted) return INTERRUPTED;
      bundle = await firstBoot(tools);
      // A Pi that failed is tried again below. Without keys no Pi can be flashed.
      if (bundle === undefined && code !== 0) return code;
    }
    if (bundle === undefined)
      throw new LabError("The program has no output firstBoot to flash the Pis with.");
    await flashAndBoot(bundle, report);
    const ofQemuPi = bundle[qemuPi.name];
    if (ofQemuPi !== undefined) await startQemuPi(tools, ofQemuPi.hostPublicKey, report);
    if (stop.aborted) return INTERRUPTED;
    const code = await pulumiUp("pulumi up", tools, options);
    console.log(await pisTable(tools));
    return code;
  });
}

async function pulumiUp(what: string, tools: Tools, { report, watch }: UpOptions): Promise<number> {
  const start = Date.now();
  report(`${what} …`);
  const argv = ["pulumi", "up", "--yes", "--skip-preview", "--suppress-outputs"];
  const running = await execOnLaptop(tools, argv, { inherit: true });
  watch(running);
  const { exitCode } = await running.result;
  const seconds = Math.round((Date.now() - start) / 1000);
  report(exitCode === 0 ? `${what}: done in ${seconds} s` : `${what}: failed after ${seconds} s`);
  return exitCode;
}

async function flashAndBoot(bundle: Record<string, FirstBootBundle>, report: Report): Promise<void> {
  const virtual = Object.entries(bundle).filter(([name]) => name !== qemuPi.name);
  const unknown = virtual.map(([name]) => name).filter((name) => !pis.some((pi) => pi.name === name));
  if (unknown.length > 0) {
    throw new LabError(
      `Pulumi.lab.yaml names ${unknown.join(", ")}; the lab has ${pis.map(({ name }) => name).join(", ")}.`,
    );
  }
  await Promise.all(
    virtual.map(async ([name, own]) => {
      const pi = host(name);
      if (!(await isFlashedWith(pi, own))) await timed(`${name}: flash`, report, () => flash(pi, own));
      if (!(await pi.isUp())) await timed(`${name}: boot`, report, () => pi.boot());
    }),
  );
}

async function firstBoot(tools: Tools): Promise<Record<string, FirstBootBundle> | undefined> {
  return stackOutput(tools, "firstBoot", bundles);
}

async function pisTable(tools: Tools): Promise<string> {
  const shown = (await stackOutput(tools, "pis", outcomes)) ?? {};
  const rows = await Promise.all(
    [...pis, ...(shown[qemuPi.name] === undefined ? [] : [qemuPi])].map(async ({ name, board }) => {
      const { status = "-", old, new: current, seconds = "-" } = shown[name] ?? {};
      const systems = [shortSystem(old), shortSystem(current)];
      return [name, board, status, ...systems, await runnerState(name), String(seconds)];
    }),
  );
  return table([["Pi", "board", "", "old system", "new system", "runner", "seconds"], ...rows]);
}

/** The states of the Pi's runners, from its systemd. */
async function runnerState(name: string): Promise<string> {
  if (name === qemuPi.name) return "-";
  const pi = host(name);
  if (!(await pi.isUp())) return "-";
  const list = "systemctl list-units --all --plain --no-legend github-runner-*.service".split(" ");
  const units = String((await pi.run(list)).stdout)
    .split("\n")
    .filter(Boolean);
  return units.map((line) => line.trim().split(/ +/).slice(2, 4).join(" ")).join(", ") || "-";
}

/** An output of the stack with its secrets in clear, undefined when the stack does not have it yet. */
async function stackOutput<T>(tools: Tools, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const argv = ["pulumi", "stack", "output", name, "--json", "--show-secrets"];
  const { exitCode, stdout } = await (await execOnLaptop(tools, argv)).result;
  return exitCode === 0 ? schema.parse(JSON.parse(stdout)) : undefined;
}
