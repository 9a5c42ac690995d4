import { readStepInputs, type StepInputs } from "../protocol/step-inputs.js";
import { UserError } from "../shared/user-error.js";
import { preview, readPreview, type Preview } from "./preview.js";

/** What the stack's present config wants of one Pi: the inputs of its build and of its activation. */
export type PreviewedInputs = StepInputs<
  "buildHost" | "target" | "timeouts" | "health" | "reboot" | "idle"
> & {
  readonly drv: string;
  readonly toplevel: string;
};

/**
 * Asks `pulumi preview`, so that config is read and evaluated in one way only.
 * @throws UserError when the config has faults or the Pi's evaluation fails
 */
export async function previewedInputs(pi: string): Promise<PreviewedInputs> {
  return inputsOf(pi, await preview({ PI_FLEET_ONLY: pi }));
}

/** The same of what a preview has printed. */
export function parsePreview(pi: string, stdout: string, stderr: string): PreviewedInputs {
  return inputsOf(pi, readPreview(stdout, stderr));
}

function inputsOf(pi: string, { environmentOf, reason }: Preview): PreviewedInputs {
  const [build, activation] = [environmentOf(`${pi}-build`), environmentOf(`${pi}-activation`)];
  if (!build || !activation) throw new UserError(`What ${pi} should run can't be told:\n${reason}`);
  const { drv, toplevel, evaluationFault } = readStepInputs(["drv", "toplevel", "evaluationFault"], build);
  if (!drv || !toplevel) throw new UserError(`${pi}: its evaluation fails:\n${evaluationFault}`);
  const inputs = ["buildHost", "target", "timeouts", "health", "reboot", "idle"] as const;
  return { ...readStepInputs(inputs, activation), drv, toplevel };
}
