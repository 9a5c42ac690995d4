import * as pulumi from "@pulumi/pulumi";
import type { Outcome } from "../protocol/outcome.js";
import { cutText, variableBytes } from "../shared/cut-text.js";
import { mapValues } from "../shared/maps.js";
import { namesText } from "../shared/names-text.js";
import { groupText, tellAlike, type Told } from "../shared/told-alike.js";

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

/** How many Pis stand how, and who failed: `98 converged; 1 failed: pi-04`. */
export function summaryLine(outcomes: Readonly<Record<string, Outcome>>): string {
  const names = new Map<Outcome["status"], string[]>();
  for (const [name, { status }] of Object.entries(outcomes))
    names.set(status, [...(names.get(status) ?? []), name]);
  const told = [...names].map(([status, all]) =>
    status === "failed" || status === "awaiting flash"
      ? `${all.length} ${status}: ${namesText(all)}`
      : `${all.length} ${status}`,
  );
  return told.sort((a, b) => Number(a.includes(":")) - Number(b.includes(":"))).join("; ") || "no Pi";
}

/** What failed in this run: a line for each, `pi-a: copy failed: its disk is full …`, or for many of one reason. */
export function failuresOf(parts: readonly Part[]): pulumi.Output<string> {
  const outcomes = parts.filter(({ leftOut }) => !leftOut).map(({ outcome }) => outcome);
  return pulumi.all(outcomes).apply(failureLines);
}

/** All failures have room in one variable of the environment, so the more there are, the less is told of each. */
export function failureLines(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(({ status }) => status === "failed");
  const told = failed.map(({ pi, phase, message }) => ({ name: pi, ...failureOf(phase, message) }));
  const lines = tellAlike(told, { each: lineOf, alike: lineOfMany });
  const each = Math.floor((variableBytes - reportAdvice.length) / Math.max(1, lines.length)) - 1;
  const cut = lines.map((line) => cutText(line, Math.max(80, each)));
  return [...cut, ...(lines.length < failed.length ? [reportAdvice] : [])].join("\n");
}

const reportAdvice = "Each by itself: npm run pi -- report";

interface Failure extends Told {
  readonly what: string;
  readonly message: string;
}

function failureOf(phase: Outcome["phase"], message = "failed without a reason"): Omit<Failure, "name"> {
  const what = phase ? `${phase} failed` : "";
  return { what, message, text: what ? `${what}: ${message}` : message };
}

function lineOf({ name, text }: Failure): string {
  return `${name}: ${text}`;
}

function lineOfMany(group: readonly [Failure, ...Failure[]]): string {
  const [{ what, message }] = group;
  return `${what || "failed"} on ${groupText(group)}: ${message}`;
}
