import { parseOutcome, type Outcome, type StepResult } from "../protocol/outcome.js";
import type { StepSecrets } from "../protocol/step-secrets.js";

/** What a step is given besides its environment. */
export interface StepCall {
  readonly secrets: StepSecrets;
  /** The words after the step's name. */
  readonly flags: readonly string[];
}

export type Step = (call: StepCall) => Promise<StepResult>;

/**
 * How the last run of this Command ended, or `undefined` when there was none. The command provider passes on its stdout:
 * pulumi-command, provider/pkg/provider/local/commandController.go.
 */
export function lastOutcome(pi: string): Outcome | undefined {
  const stdout = process.env["PULUMI_COMMAND_STDOUT"];
  return stdout === undefined ? undefined : parseOutcome(pi, stdout);
}

/** Whether a Pi that does not answer may still be waiting for its card. It may until it has answered once. */
export function mayAwaitFlash(pi: string, flags: readonly string[]): boolean {
  if (!flags.includes("may-await-flash")) return false;
  const last = lastOutcome(pi);
  return last === undefined || last.status === "awaiting flash";
}
