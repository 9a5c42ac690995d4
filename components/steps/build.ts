import { build } from "../build.js";
import { stepInputs, variable, type Outcome } from "../outcome.js";
import { progress } from "../progress.js";

/** Builds the Pi's toplevel, the derivation DRV, on its build host. */
export async function buildStep(): Promise<Omit<Outcome, "pi" | "seconds">> {
  const { pi, buildHost, timeouts } = stepInputs();
  const drv = variable("DRV");
  if (!drv.startsWith("/nix/store/"))
    return { status: "failed", phase: "evaluation", message: variable("FAULT") };
  progress(`${pi}: building on ${buildHost.name}`);
  await build(drv, pi, buildHost, timeouts.build);
  progress(`${pi}: built`);
  return { status: "built" };
}
