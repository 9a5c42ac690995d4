import * as pulumi from "@pulumi/pulumi";
import type { Outcome } from "../protocol/outcome.js";
import { mapValues } from "../shared/maps.js";

interface Part {
  readonly outcome: pulumi.Output<Outcome>;
  /** Whether this run leaves it as it is. */
  readonly leftOut: boolean;
}

/** The outcomes by name. What was not made in this run, and not before, has none. */
export function outcomesOf(
  parts: Readonly<Record<string, Pick<Part, "outcome">>>,
): pulumi.Output<Record<string, Outcome>> {
  return pulumi
    .all(mapValues(parts, ({ outcome }) => outcome))
    .apply((all) =>
      Object.fromEntries(Object.entries(all).filter(([, outcome]) => outcome.status !== "left out")),
    );
}

/** A line for each of these that failed in this run: `pi-a: copy failed: its disk is full …`. */
export function failuresOf(parts: readonly Part[]): pulumi.Output<string> {
  const outcomes = parts.filter(({ leftOut }) => !leftOut).map(({ outcome }) => outcome);
  return pulumi.all(outcomes).apply((all) =>
    all
      .filter(({ status }) => status === "failed")
      .map(failureLine)
      .join("\n"),
  );
}

function failureLine({ pi, phase, message }: Outcome): string {
  return `${pi}: ${phase ? `${phase} failed: ` : ""}${message ?? "failed without a reason"}`;
}
