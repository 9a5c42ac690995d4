import { parseOutcome, type Outcome } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import { variable } from "../protocol/step-environment.js";

export function runnerSpec(): RunnerSpec {
  return JSON.parse(variable("RUNNER")) as RunnerSpec;
}

/** What the last run of this Command had registered. */
export function lastRegistration(pi: string): Registration | undefined {
  const previous = process.env["PULUMI_COMMAND_STDOUT"];
  return previous === undefined ? undefined : parseOutcome(pi, previous).registration;
}

export function required(githubToken: string | undefined): string {
  if (githubToken) return githubToken;
  throw new PhaseError(
    "runner",
    "the stack has no githubToken: pulumi config set --secret pi-fleet:githubToken",
  );
}

export type Registration = NonNullable<Outcome["registration"]>;
