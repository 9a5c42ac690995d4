import type { Outcome } from "../protocol/outcome.js";
import type { StackOutputs } from "./stack-outputs.js";

/** Prints all that the last `up` left in the state of each Pi and its runners, or of one Pi. It asks no Pi. */
export function showReport({ pis, runners }: Pick<StackOutputs, "pis" | "runners">, name?: string): void {
  const named = Object.entries(pis).filter(([pi]) => name === undefined || pi === name);
  console.log(named.map(([pi, outcome]) => reportOf(pi, outcome, runners)).join("\n"));
}

function reportOf(pi: string, outcome: Outcome, runners: StackOutputs["runners"]): string {
  const of = Object.entries(runners).filter(([, runner]) => runner.pi === pi);
  return [
    `${pi}: ${endOf(outcome)}`,
    ...[...detailsOf(outcome), ...of.flatMap(([key, runner]) => runnerLines(key, runner))].map(
      (line) => `  ${line}`,
    ),
  ].join("\n");
}

function endOf({ status, phase, seconds }: Outcome): string {
  const where = phase && status === "failed" ? ` at ${phase}` : "";
  return `${status}${where}${seconds > 0 ? `, in ${seconds} s` : ""}`;
}

function detailsOf({ message, old, new: now, runners = [] }: Outcome): string[] {
  const system = old === undefined || old === now ? now : `${old || "none"} => ${now ?? "not known"}`;
  return [
    ...(message?.split("\n") ?? []),
    ...(system === undefined ? [] : [`system: ${system}`]),
    ...runners,
  ];
}

function runnerLines(key: string, outcome: Outcome): string[] {
  const { registration } = outcome;
  const registered = registration
    ? [
        `${registration.name} of ${registration.scope}: ${registration.activity}, version ${registration.version}, ` +
          `labels ${registration.labels.join(", ")}`,
      ]
    : [];
  return [
    `runner ${key}: ${endOf(outcome)}`,
    ...[...detailsOf(outcome), ...registered].map((line) => `  ${line}`),
  ];
}
