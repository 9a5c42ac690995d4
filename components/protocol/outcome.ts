import { type Phase } from "./phase-error.js";

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
