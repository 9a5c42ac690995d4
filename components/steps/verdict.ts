import { variable } from "../protocol/step-environment.js";

/** The last step of a run: fails it when a Pi is not where it should be, and names each with its phase and reason. */
export function verdictStep(): number {
  const failed = variable("FAILED");
  if (failed === "") return 0;
  process.stderr.write(`${failed}\nWhat is left to do is done by the next: pulumi up\n`);
  return 1;
}
