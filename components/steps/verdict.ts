import { readStepInputs } from "../protocol/step-inputs.js";

/**
 * The last step of a run. It fails the run when a Pi is not where it should be, and names each with its phase and reason.
 * @returns the exit code
 */
export function verdictStep(): number {
  const { failed } = readStepInputs(["failed"]);
  if (failed === "") return 0;
  process.stderr.write(`${failed}\nThe next pulumi up does what is left\n`);
  return 1;
}
