import { text } from "node:stream/consumers";
import { printOutcome, type StepResult } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { decodeStepSecrets } from "../protocol/step-secrets.js";
import { elapsed, lastWords } from "../shared/progress.js";
import { endWithParent } from "./end-with-parent.js";
import type { Step } from "./step.js";
import { verdictStep } from "./verdict.js";

/** The steps on one Pi, by the names that the Commands call them by. A step loads no other's code. */
const steps: Readonly<Record<string, () => Promise<Step>>> = {
  build: async () => (await import("./build.js")).buildStep,
  activate: async () => (await import("./activate.js")).activateStep,
  forget: async () => (await import("./forget.js")).forgetStep,
  "deliver-runner": async () => (await import("./deliver-runner.js")).deliverRunnerStep,
  "remove-runner": async () => (await import("./remove-runner.js")).removeRunnerStep,
  image: async () => (await import("./image.js")).imageStep,
  "remove-image": async () => (await import("./image.js")).removeImageStep,
};

/** Those that run after all Pis, and so fail by themselves: what failed is done again in the next run. */
const endsRun = ["image"];

/**
 * Runs one step, as a Command does. A step on a Pi ends with exit code 0, whatever happened, and prints its outcome: the
 * engine starts nothing new after a first failure, and one Pi must not hold up the others. The verdict runs last and fails
 * the run; so does an image.
 */
async function main(): Promise<void> {
  endWithParent();
  const [name = "", ...flags] = process.argv.slice(process.argv[1]?.endsWith(".js") ? 2 : 1);
  if (name === "verdict") {
    process.exitCode = verdictStep();
    return;
  }
  const load = steps[name];
  if (!load) throw new Error(`there is no step "${name}"`);
  const { pi } = readStepInputs(["pi"]);
  const secrets = process.stdin.isTTY ? {} : decodeStepSecrets(await text(process.stdin));
  const step = await load();
  const result = await step({ secrets, flags }).catch(failure);
  if (result.status === "failed")
    lastWords(`${pi}: ${result.phase ?? "step"} failed: ${result.message ?? ""}`);
  process.stdout.write(printOutcome({ pi, ...result, seconds: elapsed() }));
  if (result.status === "failed" && endsRun.includes(name)) process.exitCode = 1;
}

function failure(error: unknown): StepResult {
  if (error instanceof PhaseError) return { status: "failed", phase: error.phase, message: error.message };
  // A mistake of this package: its stack says where.
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { status: "failed", message };
}

/** Settles when the step has ended. */
export const ended = main();
