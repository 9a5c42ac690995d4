import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { globArchive, globAssets } from "./globs.js";
import { goQuote } from "./go-quote.js";
import { signalWord } from "./signal-word.js";
import { type CallContext, ProviderError } from "./model.js";
import { Output } from "./output.js";
import type { WireMap } from "./wire.js";

/** The inputs of local.Command and of the function local.run, in clear. */
export interface LocalInputs {
  readonly stdin?: string;
  readonly logging?: string;
  readonly interpreter?: string[];
  readonly dir?: string;
  readonly environment?: Record<string, string>;
  readonly assetPaths?: string[];
  readonly archivePaths?: string[];
  readonly addPreviousOutputInEnv?: boolean;
}

export interface LocalOutputs {
  readonly stdout: string;
  readonly stderr: string;
  readonly assets?: WireMap;
  readonly archive?: WireMap;
}

/** Runs a command on this machine, as the engine's process would: its directory, its environment and more. */
export async function runLocal(
  command: string,
  inputs: LocalInputs,
  previous: { stdout?: string; stderr?: string },
  context: CallContext,
): Promise<LocalOutputs> {
  const dir = inputs.dir ?? process.cwd();
  const output = new Output((line) => context.status(line), inputs.logging);
  const problem = await finish(command, dir, inputs, previous, context, output);
  const { stdout, stderr, both } = output.end();
  if (problem !== undefined) throw new ProviderError(`${problem}: running ${goQuote(command)}:\n${both}`);
  return {
    stdout: stdout(),
    stderr: stderr(),
    ...(inputs.assetPaths && { assets: globAssets(dir, inputs.assetPaths) }),
    ...(inputs.archivePaths && { archive: globArchive(dir, inputs.archivePaths) }),
  };
}

/** Resolves when the command is over and its pipes are closed; with a sentence when it did not end well. */
function finish(
  command: string,
  dir: string,
  inputs: LocalInputs,
  previous: { stdout?: string; stderr?: string },
  { signal }: CallContext,
  output: Output,
): Promise<string | undefined> {
  const [program = "/bin/sh", ...args] = inputs.interpreter?.length ? inputs.interpreter : ["/bin/sh", "-c"];
  if (signal.aborted) return Promise.resolve("context canceled");
  if (!existsSync(dir)) return Promise.resolve(`chdir ${dir}: no such file or directory`);
  return new Promise((resolve) => {
    const child = spawn(program, [...args, command], {
      cwd: dir,
      env: environment(inputs, previous),
      stdio: "pipe",
    });
    // Only the command itself is killed, not what it started; the wait goes on until those close its pipes.
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    child.stdout.on("data", (chunk: Buffer) => output.stdout(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.stderr(chunk));
    // A command that does not read its input breaks the pipe: no fault.
    child.stdin.on("error", () => undefined);
    child.stdin.end(inputs.stdin ?? "");
    child.on("error", (error: NodeJS.ErrnoException) => resolve(startFailure(program, error)));
    child.on("close", (code, signalName) => {
      signal.removeEventListener("abort", kill);
      if (signalName !== null) resolve(`signal: ${signalWord(signalName)}`);
      else resolve(code === 0 ? undefined : `exit status ${code}`);
    });
  });
}

function environment(inputs: LocalInputs, previous: { stdout?: string; stderr?: string }): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = { ...process.env, ...inputs.environment };
  if (inputs.addPreviousOutputInEnv ?? true) {
    if (previous.stdout) result.PULUMI_COMMAND_STDOUT = previous.stdout;
    if (previous.stderr) result.PULUMI_COMMAND_STDERR = previous.stderr;
  }
  return result;
}

function startFailure(program: string, error: NodeJS.ErrnoException): string {
  const reason = error.code === "EACCES" ? "permission denied" : "no such file or directory";
  if (program.includes("/")) return `fork/exec ${program}: ${reason}`;
  return `exec: ${goQuote(program)}: executable file not found in $PATH`;
}
