import { execa } from "execa";
import { childEnvironment, engineEnvironment } from "./child-environment.js";
import { Said } from "./said.js";

export interface ProcessOptions {
  /** What the process reads on stdin. @default nothing: its stdin is /dev/null */
  readonly input?: string;
  /** Variables beside those of `childEnvironment`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is Pulumi's engine, which needs the variables that other children must not have. @default false */
  readonly isEngine?: boolean;
  /** After how long the process gets SIGTERM. @default an hour; with `startProcess` no limit */
  readonly timeoutSeconds?: number;
  /** How long after SIGTERM it is killed. @default 5 */
  readonly killAfterSeconds?: number;
  /** Ends the process when it aborts. */
  readonly signal?: AbortSignal;
  /** Called with each line of stderr that is not blank, while the process runs. */
  readonly onLine?: (line: string) => void;
}

export interface ProcessResult {
  /** `undefined` when the process did not end by itself. */
  readonly exitCode: number | undefined;
  readonly ending: "exited" | "not found" | "timed out" | "stopped";
  /** Without the last line break. A process that says more than `longestAnswer` is stopped: part of an answer is none. */
  readonly stdout: string;
  /** Without the last line break. At most its last `keptOfStderr` characters, and how many are missing before them. */
  readonly stderr: string;
  /** Why it did not end by itself, in the words of the operating system; else the empty string. */
  readonly reason: string;
}

/** A process that runs while this one talks to it. */
export interface RunningProcess {
  readonly ended: Promise<ProcessResult>;
  /** Closes its stdin. */
  readonly closeInput: () => void;
}

/** In characters. The longest answers are a fleet's evaluation and the sizes of a closure, of some megabytes. */
const longestAnswer = 32_000_000;
const keptOfStderr = 200_000;

/** Nothing is waited for without a limit. */
const defaultLimitSeconds = 3600;

/**
 * How long the output of a process that has ended is read. Its own is there at once. A process that it left behind, such
 * as the master of a shared ssh connection, may hold the pipes open for hours.
 */
const restSeconds = 2;

/**
 * Runs a program to its end. Never throws for how it ended: that is in the result. The program is terminated when this
 * process ends.
 * @param program a path, or a name that is looked for on PATH
 */
export function runProcess(
  program: string,
  argv: readonly string[],
  { input, ...options }: ProcessOptions = {},
): Promise<ProcessResult> {
  const stdin = input === undefined ? ({ stdin: "ignore" } as const) : { input };
  const limited = { timeoutSeconds: defaultLimitSeconds, ...options };
  return spawn(program, argv, limited, stdin).ended;
}

/** Starts a program whose stdin stays open until `closeInput`. */
export function startProcess(
  program: string,
  argv: readonly string[],
  { onOutputLine, ...options }: Omit<ProcessOptions, "input"> & { onOutputLine: (line: string) => void },
): RunningProcess {
  const { child, ended } = spawn(program, argv, options, { stdin: "pipe" }, onOutputLine);
  // A process that has ended has closed its stdin already. Its result tells that.
  child.stdin?.on("error", () => undefined);
  return { ended, closeInput: () => child.stdin?.end() };
}

type Stdin = { readonly stdin: "ignore" | "pipe" } | { readonly input: string };

function spawn(
  program: string,
  argv: readonly string[],
  options: Omit<ProcessOptions, "input">,
  stdin: Stdin,
  onOutputLine?: (line: string) => void,
) {
  const { env, isEngine, timeoutSeconds, killAfterSeconds = 5, signal, onLine } = options;
  const stdout = new Said(longestAnswer, onOutputLine);
  const stderr = new Said(keptOfStderr, onLine);
  const child = execa(program, argv, {
    ...stdin,
    env: isEngine ? engineEnvironment(env) : childEnvironment(env),
    extendEnv: false,
    reject: false,
    buffer: false,
    forceKillAfterDelay: killAfterSeconds * 1000,
    ...(timeoutSeconds === undefined ? {} : { timeout: timeoutSeconds * 1000 }),
    ...(signal ? { cancelSignal: signal } : {}),
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout.add(text);
    if (stdout.isTooLong) child.kill();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr.add(text));
  const ended = endOf(child).then((result) => {
    stdout.end();
    stderr.end();
    return resultOf(program, result, stdout, stderr);
  });
  return { child, ended };
}

type Child = ReturnType<typeof execa<{ reject: false; buffer: false }>>;

/** Waits for a process itself, and but a little for the pipes that it may have left to others. */
async function endOf(child: Child): Promise<Awaited<Child>> {
  let rest: NodeJS.Timeout | undefined;
  child.once("exit", () => {
    rest = setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, restSeconds * 1000);
  });
  try {
    return await child;
  } finally {
    clearTimeout(rest);
  }
}

type Ended = Pick<
  Awaited<Child>,
  "exitCode" | "timedOut" | "code" | "signal" | "originalMessage" | "isCanceled"
>;

function resultOf(program: string, result: Ended, stdout: Said, stderr: Said): ProcessResult {
  const { exitCode, timedOut, code, signal, originalMessage } = result;
  const said = { stdout: stdout.text, stderr: stderr.text };
  if (stdout.isTooLong) {
    const reason = `${program} said more than ${longestAnswer} characters, which can be no answer`;
    return { ...said, exitCode: undefined, ending: "stopped", reason };
  }
  if (exitCode !== undefined && !timedOut) return { ...said, exitCode, ending: "exited", reason: "" };
  const reason = originalMessage || `${program} was ended${signal ? ` by ${signal}` : ""}`;
  const ending = code === "ENOENT" ? "not found" : timedOut ? "timed out" : "stopped";
  return { ...said, exitCode: undefined, ending, reason };
}
