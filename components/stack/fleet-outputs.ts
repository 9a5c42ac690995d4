import * as pulumi from "@pulumi/pulumi";
import type { Outcome } from "../protocol/outcome.js";
import { cutText, variableBytes } from "../shared/cut-text.js";
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
  return pulumi.all(outcomes).apply(failureLines);
}

/** All failures have room in one variable of the environment, so the more there are, the less is told of each. */
export function failureLines(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ status }) => status === "failed");
  const each = Math.floor(variableBytes / Math.max(1, failed.length)) - 1;
  return failed.map((outcome) => cutText(failureLine(outcome), Math.max(80, each))).join("\n");
}

function failureLine({ pi, phase, message }: Outcome): string {
  return `${pi}: ${phase ? `${phase} failed: ` : ""}${message ?? "failed without a reason"}`;
}
