import { build } from "../nix/build.js";
import { type Outcome } from "../protocol/outcome.js";
import { variable } from "../protocol/step-environment.js";
import { stepInputs } from "../protocol/step-environment.js";
import { progress } from "../shared/progress.js";
import { sign } from "../nix/sign.js";
import type { StepSecrets } from "../protocol/step-secrets.js";

/** Builds the Pi's toplevel, the derivation DRV, on its build host, and signs it when there is a key for that. */
export async function buildStep({ signingKey }: StepSecrets): Promise<Omit<Outcome, "pi" | "seconds">> {
  const { pi, buildHost, timeouts } = stepInputs();
  const drv = variable("DRV");
  if (!drv.startsWith("/nix/store/"))
    return { status: "failed", phase: "evaluation", message: variable("FAULT") };
  progress(`${pi}: building on ${buildHost.name}`);
  await build(buildHost, { drv, pi, timeoutSeconds: timeouts.build });
  if (signingKey) {
    const toplevel = variable("TOPLEVEL");
    await sign(buildHost, { toplevel, secretKey: signingKey, timeoutSeconds: timeouts.build });
  }
  progress(`${pi}: built`);
  return { status: "built" };
}
