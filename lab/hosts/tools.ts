import { mkdir, readFile, writeFile } from "node:fs/promises";
import { ensureEngine } from "../engine/index.js";
import { ensurePlugins, type Plugins } from "../plugins/index.js";
import { type Tools } from "./environment.js";
import { exists } from "./exists.js";
import { execOnLaptop, type ExecOptions, type ExecResult, type RunningCommand } from "./exec.js";
import { LabError } from "./lab-error.js";
import { startLab } from "./lab.js";
import { labDir } from "./paths.js";
import { ensureStackFile, STACK } from "./stack.js";

type Report = (line: string) => void;

/** Starts the lab, unless it is started, and finds the tools that a command on the laptop needs. */
export async function labTools(report: Report): Promise<Tools & { readonly describe: readonly string[] }> {
  const base = await startLab(report);
  const engine = await ensureEngine(report);
  const plugins = await labPlugins(engine.binDir, report);
  const tools = { base, path: [engine.binDir] };
  await selectStack(tools);
  return { ...tools, describe: [...engine.describe, ...plugins.describe] };
}

/** Puts the plugins into the lab's PULUMI_HOME. Asks once in a lab's life whether the real ones can be had. */
async function labPlugins(engineBinDir: string, report: Report): Promise<Plugins> {
  const pulumiHome = labDir("pulumi/home");
  const remembered = labDir("pulumi/stand-ins");
  const standIns = process.env.PI_FLEET_PLUGINS === undefined && (await exists(remembered));
  const plugins = await ensurePlugins({
    engineBinDir,
    report,
    pulumiHome,
    ...(standIns ? { choice: "stand-in" } : {}),
  });
  if (plugins.inUse.every(({ kind }) => kind === "stand-in")) await writeFile(remembered, "");
  return plugins;
}

/** Makes the lab's stack in the lab's own state, once. */
async function selectStack(tools: Tools): Promise<void> {
  await ensureStackFile();
  const selected = labDir("pulumi/selected");
  if ((await readFile(selected, "utf8").catch(() => "")) === STACK) return;
  await mkdir(labDir("pulumi/state"), { recursive: true });
  await mkdir(labDir("pulumi/home"), { recursive: true });
  const { result } = await execOnLaptop(tools, [
    "pulumi",
    "stack",
    "select",
    "--create",
    STACK,
    "--non-interactive",
  ]);
  const { exitCode, stderr } = await result;
  if (exitCode !== 0) throw new LabError(`The stack "${STACK}" can't be selected: ${stderr}`);
  await writeFile(selected, STACK);
}

let tools: Promise<Tools> | undefined;

/** Starts a command on the laptop, and the lab if need be. */
export async function start(argv: readonly string[], options?: ExecOptions): Promise<RunningCommand> {
  tools ??= labTools(() => undefined);
  return execOnLaptop(await tools, argv, options);
}

/** Runs a command on the laptop to its end. */
export async function exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult> {
  return (await start(argv, options)).result;
}
