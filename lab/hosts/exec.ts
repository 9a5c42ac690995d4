import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { once } from "node:events";
import { constants } from "node:os";
import { execa } from "execa";
import { labCgroup } from "./cgroup.js";
import { laptopEnvironment, type Tools } from "./environment.js";
import { onLaptop, requireAnchor } from "./namespaces.js";
import { checkout, script } from "./paths.js";

export interface ExecOptions {
  /** @default the checkout */
  readonly cwd?: string;
  /** Added to the lab's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default none */
  readonly input?: string;
  /** Uses this process's input and output, a terminal included. @default false */
  readonly inherit?: boolean;
}

export interface ExecResult {
  /** The command's own, or 128 and the number of the signal that ended it. */
  readonly exitCode: number;
  readonly signal?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** What it has written to stdout so far. */
  printed(): string;
  /** Settles when the command has ended and what it left behind is gone; never rejects for an exit code. */
  readonly result: Promise<ExecResult>;
}

let commands = 0;

/**
 * Starts a command on the laptop. When it ends, or when this process does, whatever the command has started
 * ends too.
 */
export async function execOnLaptop(
  tools: Tools,
  argv: readonly string[],
  { cwd = checkout, env = {}, input = "", inherit = false }: ExecOptions = {},
): Promise<RunningCommand> {
  const anchor = await requireAnchor();
  const cgroup = await labCgroup("exec", `${process.pid}-${commands++}`);
  await mkdir(cgroup);
  const sweeper = spawn("sh", [script("sweep.sh"), cgroup], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const swept = once(sweeper, "exit");
  await once(sweeper, "spawn");
  const [file = "", ...args] = [...onLaptop(anchor), "sh", script("enter.sh"), cgroup, cwd, ...argv];
  const child = execa(file, args, {
    ...(inherit ? { stdio: "inherit" } : { input }),
    cwd: "/",
    reject: false,
    extendEnv: false,
    env: { ...laptopEnvironment(tools), ...env },
    stripFinalNewline: true,
  });
  let printed = "";
  child.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const result = child.then(async ({ exitCode, signal, stdout, stderr }) => {
    sweeper.stdin.end();
    await swept;
    return {
      exitCode: exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal]),
      signal,
      stdout: stdout ?? "",
      stderr: stderr ?? "",
    };
  });
  return { pid: child.pid ?? 0, kill: (signal) => child.kill(signal), printed: () => printed, result };
}
