import { execa } from "execa";

export interface ProcessOptions {
  /** What the process reads on stdin. @default nothing: its stdin is /dev/null */
  readonly input?: string;
  /** Variables beside those of this process; `LC_ALL` is `C` unless one of them says otherwise. */
  readonly env?: Readonly<Record<string, string>>;
  /** After how long the process gets SIGTERM. @default no limit */
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
  /** Without the last line break. At most `keptCharacters`: a process that says more is stopped. */
  readonly stdout: string;
  /** As `stdout`. */
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

const keptCharacters = 100_000_000;

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
  const child = spawn(program, argv, options, input === undefined ? { stdin: "ignore" } : { input });
  return child.then((result) => resultOf(program, result));
}

/** Starts a program whose stdin stays open until `closeInput`. */
export function startProcess(
  program: string,
  argv: readonly string[],
  { onOutputLine, ...options }: Omit<ProcessOptions, "input"> & { onOutputLine: (line: string) => void },
): RunningProcess {
  const child = spawn(program, argv, options, { stdin: "pipe", stdout: tell(onOutputLine) });
  // A process that has ended has closed its stdin already. Its result tells that.
  child.stdin?.on("error", () => undefined);
  return {
    ended: child.then((result) => resultOf(program, result)),
    closeInput: () => child.stdin?.end(),
  };
}

type Streams = {
  readonly stdin?: "ignore" | "pipe";
  readonly input?: string;
  readonly stdout?: ReturnType<typeof tell>;
};

function spawn(
  program: string,
  argv: readonly string[],
  { env, timeoutSeconds, killAfterSeconds = 5, signal, onLine }: Omit<ProcessOptions, "input">,
  streams: Streams,
) {
  return execa(program, argv, {
    ...streams,
    env: { LC_ALL: "C", ...env },
    reject: false,
    maxBuffer: keptCharacters,
    forceKillAfterDelay: killAfterSeconds * 1000,
    ...(timeoutSeconds === undefined ? {} : { timeout: timeoutSeconds * 1000 }),
    ...(signal ? { cancelSignal: signal } : {}),
    ...(onLine ? { stderr: tell(onLine) } : {}),
  });
}

/** Passes a stream on and calls back with each of its lines. */
function tell(onLine: (line: string) => void) {
  return function* (line: unknown) {
    const text = String(line);
    if (text.trim()) onLine(text);
    yield text;
  };
}

interface ExecaResult {
  readonly exitCode?: number;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  readonly timedOut: boolean;
  readonly code?: string;
  readonly signal?: string;
  readonly originalMessage?: string;
}

function resultOf(program: string, result: ExecaResult): ProcessResult {
  const { exitCode, stdout, stderr, timedOut, code, signal, originalMessage } = result;
  const said = { stdout: text(stdout), stderr: text(stderr) };
  if (exitCode !== undefined && !timedOut) return { ...said, exitCode, ending: "exited", reason: "" };
  const reason = originalMessage || `${program} was ended${signal ? ` by ${signal}` : ""}`;
  const ending = code === "ENOENT" ? "not found" : timedOut ? "timed out" : "stopped";
  return { ...said, exitCode: undefined, ending, reason };
}

function text(stream: unknown): string {
  return typeof stream === "string" ? stream : "";
}
