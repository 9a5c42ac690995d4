import { z } from "zod";
import { readStepInputs, type StepInputs } from "../protocol/step-inputs.js";
import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";

/** What the stack's present config wants of one Pi: the inputs of its build and of its activation. */
export type PreviewedInputs = StepInputs<
  "buildHost" | "target" | "timeouts" | "health" | "reboot" | "idle"
> & {
  readonly drv: string;
  readonly toplevel: string;
};

/** `pulumi preview --json`, as far as it is read: sdk/go/common/apitype and pkg/backend/display/json.go. */
const preview = z.object({
  steps: z
    .array(
      z.object({
        urn: z.string(),
        newState: z.object({ inputs: z.record(z.string(), z.unknown()).optional() }).optional(),
      }),
    )
    .default([]),
  diagnostics: z.array(z.object({ severity: z.string(), message: z.string() })).default([]),
});

/**
 * Asks `pulumi preview`, so that config is read and evaluated in one way only.
 * @throws UserError when the config has faults or the Pi's evaluation fails
 */
export async function previewedInputs(pi: string): Promise<PreviewedInputs> {
  const argv = ["preview", "--json", "--show-sames", "--non-interactive"];
  const { stdout, stderr } = await runProcess("pulumi", argv, {
    env: { PI_FLEET_ONLY: pi },
    isEngine: true,
    timeoutSeconds: 1800,
  });
  return parsePreview(pi, stdout, stderr);
}

/** Reads the answer of `pulumi preview --json`. What the engine prints before the JSON is passed over. */
export function parsePreview(pi: string, stdout: string, stderr: string): PreviewedInputs {
  const { steps, diagnostics } = preview.parse(JSON.parse(/\{[^]*/.exec(stdout)?.[0] ?? "{}"));
  const environmentOf = (command: string) => {
    const step = steps.find(({ urn }) => urn.endsWith(`::${pi}-${command}`));
    return z.record(z.string(), z.string()).safeParse(step?.newState?.inputs?.["environment"]).data;
  };
  const [build, activation] = [environmentOf("build"), environmentOf("activation")];
  if (!build || !activation) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const reason = errors.map(({ message }) => message.trim()).join("\n") || stderr.trim();
    throw new UserError(`What ${pi} should run can't be told:\n${reason}`);
  }
  const { drv, toplevel, evaluationFault } = readStepInputs(["drv", "toplevel", "evaluationFault"], build);
  if (!drv || !toplevel) throw new UserError(`${pi}: its evaluation fails:\n${evaluationFault}`);
  const inputs = ["buildHost", "target", "timeouts", "health", "reboot", "idle"] as const;
  return { ...readStepInputs(inputs, activation), drv, toplevel };
}
