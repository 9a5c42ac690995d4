import type { Target } from "./ssh.js";
import type { BuildHostConfig, Timeouts } from "./config.js";

/** How a step on one Pi ended: the one line that it prints on stdout, and so what the state keeps. */
export interface Outcome {
  readonly pi: string;
  /** left out: it was not made yet, and --target leaves it so. */
  readonly status: "built" | "converged" | "already there" | "awaiting flash" | "failed" | "left out";
  /** Where it failed. */
  readonly phase?: Phase;
  readonly message?: string;
  /** What the Pi ran before and after; absent when it was not read. */
  readonly old?: string;
  readonly new?: string;
  /** The github-runner units and their states, at the end. */
  readonly runners?: readonly string[];
  /** Of a runner: what is registered with GitHub. */
  readonly registration?: {
    readonly id: number;
    readonly scope: string;
    readonly name: string;
    /** `done`: a just-in-time runner had its job at once. */
    readonly activity: "idle" | "busy" | "offline" | "done";
    readonly version: string;
    readonly labels: readonly string[];
  };
  /** The id of the convergence or delivery that this is the outcome of; the program adds it. */
  readonly convergence?: string;
  readonly seconds: number;
}

export type Phase =
  "evaluation" | "build" | "connect" | "copy" | "activate" | "confirm" | "reboot" | "runner";

/** Begins the message of a Pi that was not touched because an earlier wave failed. */
export const heldBack = "held back: ";

/** Ends a step with its phase; `runStep` makes an outcome of it. */
export class PhaseError extends Error {
  override name = "PhaseError";
  constructor(
    readonly phase: Phase,
    message: string,
  ) {
    super(message);
  }
}

/** Where a Pi's toplevel is built. */
export interface NamedBuildHost {
  readonly name: string;
  readonly config: BuildHostConfig;
}

/** What the program hands to each step, in the environment, so that a plan shows each value by itself. */
export function stepInputs(): { pi: string; buildHost: NamedBuildHost; timeouts: Timeouts } {
  return {
    pi: variable("PI"),
    buildHost: JSON.parse(variable("BUILD_HOST")) as NamedBuildHost,
    timeouts: JSON.parse(variable("TIMEOUTS")) as Timeouts,
  };
}

/** Where the step logs in to the Pi. */
export function stepTarget(): Target {
  return JSON.parse(variable("TARGET")) as Target;
}

/** A variable that the Command sets; its absence is this package's own mistake. */
export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`the step was started without ${name}: it is run by the fleet's Commands, not by hand`);
  return value;
}

/**
 * How something stands after this run: of the program's own look when that shows it right after a failure, else of its
 * Command's stdout. `ranWith` is the id that the Command ran with: with --target it may not have run at all.
 */
export function standing(
  pi: string,
  stdout: string | undefined,
  { id, confirmed }: { readonly id: string; readonly confirmed: boolean },
  ranWith: string | undefined,
  seen: Pick<Outcome, "old" | "new"> = {},
): Outcome {
  if (stdout === undefined) return { pi, status: "left out", seconds: 0 };
  const last = parseOutcome(pi, stdout);
  if (confirmed && last.status === "failed") {
    return { pi, status: "already there", ...seen, convergence: id, seconds: 0 };
  }
  return { ...last, convergence: ranWith ?? id };
}

/** Reads an outcome from a Command's stdout; what is no outcome (a cancelled run) is a failure that says so. */
export function parseOutcome(pi: string, stdout: string): Outcome {
  try {
    return JSON.parse(stdout) as Outcome;
  } catch {
    return {
      pi,
      status: "failed",
      message: "the last run left no result: it was cancelled or killed",
      seconds: 0,
    };
  }
}

/** A Pi is waited for only until it was there once. */
export function mayAwaitFlash(pi: string, flags: string[]): boolean {
  if (!flags.includes("may-await-flash")) return false;
  const previous = process.env["PULUMI_COMMAND_STDOUT"];
  return previous === undefined || parseOutcome(pi, previous).status === "awaiting flash";
}
