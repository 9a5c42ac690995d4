import { text } from "node:stream/consumers";
import { endWithParent } from "./end-with-parent.js";
import { type Outcome } from "../protocol/outcome.js";
import { variable } from "../protocol/step-environment.js";
import { PhaseError } from "../protocol/phase-error.js";
import { elapsed, progress } from "../shared/progress.js";
import { activateStep } from "./activate.js";
import { forgetStep } from "./forget.js";
import { buildStep } from "./build.js";
import { removeRunnerStep } from "./remove-runner.js";
import { deliverRunnerStep } from "./deliver-runner.js";
import { verdictStep } from "./verdict.js";
import { type StepSecrets } from "../protocol/step-secrets.js";

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
