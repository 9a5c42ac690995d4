import { ensureEngine } from "../engine/index.js";
import { ensurePlugins } from "../plugins/index.js";
import { type Tools } from "./environment.js";
import { execOnLaptop, type ExecOptions, type ExecResult, type RunningCommand } from "./exec.js";
import { startLab } from "./lab.js";

type Report = (line: string) => void;

/** Starts what is not started and finds the tools: everything a command on the laptop needs. */
export async function labTools(report: Report): Promise<Tools & { readonly describe: readonly string[] }> {
  const base = await startLab(report);
  const engine = await ensureEngine(report);
  const plugins = await ensurePlugins({ engineBinDir: engine.binDir, report });
  return {
    base,
    path: [engine.binDir, plugins.binDir],
    env: {},
    describe: [...engine.describe, ...plugins.describe],
  };
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
