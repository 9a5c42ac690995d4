import type { PiConvergence } from "../convergence/pi-convergence.js";
import type { Evaluation } from "../evaluation/evaluate-fleet.js";
import type { Outcome } from "../protocol/outcome.js";
import type { Observation } from "../on-pi/observe.js";
import type { PiStatus } from "../on-pi/status.js";

/** What is known of a Pi's build in an `up`. */
export interface BuildResult {
  /** The convergence id that the build ran with; another one than wanted when --target left it out. */
  readonly convergence: string | undefined;
  readonly buildFault: string;
}

/** A Pi that is to get another system, of which there is more to find out. */
export interface AnotherSystem {
  readonly kind: "another system";
  readonly seen: PiStatus;
}

/** What a run has to do with a Pi. Without `run` it is a preview. */
export function workOf(
  plan: Evaluation,
  { toplevel, id, confirmed }: PiConvergence,
  seen: Observation,
  last: Outcome | undefined,
  run: BuildResult | undefined,
): Work | AnotherSystem {
  if (confirmed) return { kind: "nothing" };
  if (run && run.convergence !== id) return { kind: "absent" };
  const change = (line: string): Work => ({ kind: "change", lines: [line] });
  if (plan.kind === "failed") return change("its evaluation fails");
  if (run?.buildFault) return change("its build failed");
  if (seen.kind === "off")
    return isPending(last, toplevel)
      ? change(`system: ${toplevel}, when it can be reached`)
      : { kind: "nothing" };
  if (seen.kind === "unreadable") return change(`system: ${toplevel}; what it runs could not be read`);
  if (seen.status.current !== toplevel) return { kind: "another system", seen: seen.status };
  return change(`system: ${toplevel}, which it runs; what it boots, its secrets or its record are set right`);
}

/** Whether a Pi that is off has something to catch up with. */
function isPending(last: Outcome | undefined, toplevel: string): boolean {
  return !last || last.status === "failed" || (last.new !== undefined && last.new !== toplevel);
}

/** What is known of one Pi's change, for a person. */

export interface Change {
  readonly lines: readonly string[];
  /** Told once when several Pis have the same. */
  readonly packages?: readonly string[];
}

/** What a Pi has to do in a run. */

export type Work =
  | ({ readonly kind: "change" } & Change)
  /** It is where it should be, or off with nothing pending. */
  | { readonly kind: "nothing" }
  /** It is left out, or nothing is known of it before its keys are made. */
  | { readonly kind: "absent" };
