import { build } from "../build.js";
import { replaced } from "../convergence.js";
import { stepInputs, variable, type Outcome } from "../outcome.js";
import { progress } from "../progress.js";

/** Builds the Pi's toplevel, the derivation DRV, on its build host. */
export async function buildStep(): Promise<Omit<Outcome, "pi" | "seconds">> {
  const { pi, buildHost, timeouts } = stepInputs();
  const drv = variable("DRV");
  if (!drv.startsWith("/nix/store/"))
    return { status: "failed", phase: "evaluation", message: variable("FAULT") };
  progress(`${pi}: building on ${buildHost.name}`);
  const toplevel = variable("TOPLEVEL");
  const old = replaced(variable("CONVERGENCE"));
  const changes = await build(buildHost, { drv, toplevel, old, pi, timeoutSeconds: timeouts.build });
  if (old && old !== toplevel) {
    const unknown = [`unknown: ${buildHost.name} does not have what ${pi} runs`];
    for (const line of changes ?? unknown) progress(`${pi}: ${line}`);
  }
  progress(`${pi}: built`);
  return { status: "built" };
}
