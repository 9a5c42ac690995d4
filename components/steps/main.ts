import { text } from "node:stream/consumers";
import { endWithParent } from "../lifeline.js";
import { PhaseError, variable, type Outcome } from "../outcome.js";
import { elapsed, progress } from "../progress.js";
import type { SecretDelivery } from "../secrets.js";
import { activateStep, forgetStep } from "./activate.js";
import { buildStep } from "./build.js";
import { removeRunnerStep } from "./remove-runner.js";
import { deliverRunnerStep } from "./runner.js";
import { verdictStep } from "./verdict.js";

/** What a Command passes on stdin, so that it is in no argv, environment or log. */
export interface StepSecrets {
  readonly deployKey?: string;
  readonly githubToken?: string;
  /** What the Pi gets besides its system. */
  readonly secrets?: SecretDelivery;
  /** Signs what is built, in Nix's format. */
  readonly signingKey?: string;
}

const piSteps: Record<
  string,
  (secrets: StepSecrets, flags: string[]) => Promise<Omit<Outcome, "pi" | "seconds">>
> = {
  build: buildStep,
  activate: activateStep,
  forget: forgetStep,
  "deliver-runner": deliverRunnerStep,
  "remove-runner": removeRunnerStep,
};

/**
 * Runs one step as a Command does. A step on a Pi ends with exit code 0 and says in its outcome, one line of JSON on
 * stdout, how it went: the engine starts nothing new after a first failure, and one Pi must not hold up the others.
 * The verdict, which runs last, fails the run.
 */
async function main(): Promise<void> {
  endWithParent();
  const [name = "", ...flags] = process.argv.slice(process.argv[1]?.endsWith(".js") ? 2 : 1);
  if (name === "verdict") {
    process.exitCode = verdictStep();
    return;
  }
  const step = piSteps[name];
  if (!step) throw new Error(`there is no step "${name}"`);
  const pi = variable("PI");
  const secrets = process.stdin.isTTY ? {} : readSecrets(await text(process.stdin));
  const outcome = await step(secrets, flags).catch((error: unknown) => failure(error));
  if (outcome.status === "failed")
    progress(`${pi}: ${outcome.phase ?? "step"} failed: ${outcome.message ?? ""}`);
  process.stdout.write(`${JSON.stringify({ pi, ...outcome, seconds: elapsed() })}\n`);
}

function readSecrets(input: string): StepSecrets {
  return input.trim() ? (JSON.parse(input) as StepSecrets) : {};
}

function failure(error: unknown): Omit<Outcome, "pi" | "seconds"> {
  if (error instanceof PhaseError) return { status: "failed", phase: error.phase, message: error.message };
  return {
    status: "failed",
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

await main();
