import { z } from "zod";
import { cutText } from "../shared/cut-text.js";
import { keptImage } from "./kept-image.js";
import { phase } from "./phase-error.js";

const registration = z.object({
  id: z.number(),
  scope: z.string(),
  name: z.string(),
  /** `done`: a just-in-time runner has done its one job already. */
  activity: z.enum(["idle", "busy", "offline", "done"]),
  version: z.string(),
  labels: z.array(z.string()),
});

/** What is registered with GitHub for a runner. */
export type Registration = z.output<typeof registration>;

const outcome = z.object({
  /** The name of the Pi. */
  pi: z.string(),
  /** `left out`: the Pi's Commands were not made yet, because --target left them out. */
  status: z.enum(["built", "converged", "already there", "awaiting flash", "failed", "left out"]),
  /** Where it failed. */
  phase: phase.optional(),
  message: z.string().optional(),
  /** The toplevel that the Pi ran before; absent when it was not read. */
  old: z.string().optional(),
  /** The toplevel that the Pi runs now; absent when it was not read. */
  new: z.string().optional(),
  /** The github-runner units and their states, at the end. */
  runners: z.array(z.string()).readonly().optional(),
  /** Only of a runner. */
  registration: registration.optional(),
  /** Only of the image of a card. */
  image: keptImage.optional(),
  /** The id of the convergence or delivery that this is the outcome of; the program adds it. */
  convergence: z.string().optional(),
  /** How long the step took. */
  seconds: z.number(),
});

/**
 * How a step on one Pi ended. The step prints it as one line of JSON on stdout, so the state keeps it, and the stack's
 * outputs `pis` and `runners` have it for the next run.
 */
export type Outcome = Readonly<z.output<typeof outcome>>;

/** What a step itself says of its end; its Pi and its seconds are added where it is printed. */
export type StepResult = Omit<Outcome, "pi" | "seconds">;

/** Reads what `printOutcome` wrote. A stdout without an outcome is a failure: the step was cancelled or killed. */
export function parseOutcome(pi: string, stdout: string): Outcome {
  try {
    return outcomeFrom(pi, JSON.parse(stdout));
  } catch {
    return unreadable(pi);
  }
}

/** An outcome as it came from JSON; one of another shape is a failure. */
export function outcomeFrom(pi: string, value: unknown): Outcome {
  return outcome.safeParse(value).data ?? unreadable(pi);
}

/** The Command's next run gets this in one variable of its environment, so a message has a limit. */
export function printOutcome(ended: Outcome): string {
  const { message } = ended;
  const said = message === undefined ? {} : { message: cutText(message, messageBytes) };
  return `${JSON.stringify({ ...ended, ...said })}\n`;
}

const messageBytes = 16_000;

function unreadable(pi: string): Outcome {
  const message = "the last run left no result: it was cancelled or killed";
  return { pi, status: "failed", message, seconds: 0 };
}
