import type { PiConvergence } from "../convergence/pi-convergence.js";
import type { Evaluation } from "../evaluation/toplevel.js";
import type { Observation } from "../on-pi/observe.js";
import type { PiStatus } from "../on-pi/status.js";
import type { Outcome } from "../protocol/outcome.js";

/** What a run has to do with one Pi. */
export type Work =
  | ({ readonly kind: "change" } & Change)
  /** The Pi is where it should be, or it is off and nothing is pending. */
  | { readonly kind: "nothing" }
  /** The Pi is left out, or nothing is known of it because its keys are not made yet. */
  | { readonly kind: "absent" };

/** What is known of one Pi's change, for a person. */
export interface Change {
  readonly lines: readonly string[];
  /** The packages that differ, one a line. They are told once when several Pis have the same. */
  readonly packages?: readonly string[];
}

/** A Pi that is to get another system. announce-work.ts finds out what that changes. */
export interface AnotherSystem {
  readonly kind: "another system";
  readonly toplevel: string;
  readonly seen: PiStatus;
}

/** How a Pi's build ended in an `up`. */
export interface BuildEnd {
  /** The convergence id that the build ran with. It differs from the wanted one when --target left the build out. */
  readonly convergence: string | undefined;
  /** Why the build failed; the empty string when it did not. */
  readonly fault: string;
}

/** Decides what a run has to do with a Pi. A preview has no `build`. */
export function workOf(
  evaluation: Evaluation,
  { toplevel, id, confirmed }: PiConvergence,
  seen: Observation,
  last: Outcome | undefined,
  build: BuildEnd | undefined,
): Work | AnotherSystem {
  if (confirmed) return { kind: "nothing" };
  if (build && build.convergence !== id) return { kind: "absent" };
  const change = (line: string): Work => ({ kind: "change", lines: [line] });
  if (evaluation.kind === "failed" || toplevel === undefined) return change("its evaluation fails");
  if (build?.fault) return change("its build failed");
  if (seen.kind === "off")
    return isPending(last, toplevel)
      ? change(`system: ${toplevel}, when it can be reached`)
      : { kind: "nothing" };
  if (seen.kind === "unreadable") return change(`system: ${toplevel}; what it runs could not be read`);
  if (seen.status.current !== toplevel) return { kind: "another system", toplevel, seen: seen.status };
  return change(`system: ${toplevel}, which it runs; what it boots, its secrets or its record are set right`);
}

/** Whether a Pi that is off has something to catch up with. */
function isPending(last: Outcome | undefined, toplevel: string): boolean {
  return !last || last.status === "failed" || (last.new !== undefined && last.new !== toplevel);
}
