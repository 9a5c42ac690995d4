import { build } from "../nix/build.js";
import { sign } from "../nix/sign.js";
import type { StepResult } from "../protocol/outcome.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { progress } from "../shared/progress.js";
import type { StepCall } from "./step.js";

/** Builds the Pi's toplevel on its build host, and signs it when there is a key for that. */
export async function buildStep({ secrets: { signingKey } }: StepCall): Promise<StepResult> {
  const { pi, buildHost, timeouts, drv, toplevel, evaluationFault } = readStepInputs([
    "pi",
    "buildHost",
    "timeouts",
    "drv",
    "toplevel",
    "evaluationFault",
  ]);
  if (!drv || !toplevel) return { status: "failed", phase: "evaluation", message: evaluationFault };
  progress(`${pi}: building on ${buildHost.name}`);
  await build(buildHost, { drv, pi, timeoutSeconds: timeouts.build });
  if (signingKey) await sign(buildHost, { toplevel, secretKey: signingKey, timeoutSeconds: timeouts.build });
  progress(`${pi}: built`);
  return { status: "built" };
}
