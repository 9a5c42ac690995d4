import { build } from "../build.js";
import { replaced } from "../convergence.js";
import { stepInputs, variable, type Outcome } from "../outcome.js";
import { progress } from "../progress.js";
import { sign } from "../sign.js";
import type { StepSecrets } from "./main.js";

/** Builds the Pi's toplevel, the derivation DRV, on its build host, and signs it when there is a key for that. */
export async function buildStep({ signingKey }: StepSecrets): Promise<Omit<Outcome, "pi" | "seconds">> {
  const { pi, buildHost, timeouts } = stepInputs();
  const drv = variable("DRV");
  if (!drv.startsWith("/nix/store/"))
    return { status: "failed", phase: "evaluation", message: variable("FAULT") };
  progress(`${pi}: building on ${buildHost.name}`);
  const toplevel = variable("TOPLEVEL");
  const old = replaced(variable("CONVERGENCE"));
  const changes = await build(buildHost, { drv, toplevel, old, pi, timeoutSeconds: timeouts.build });
  if (signingKey) await sign(buildHost, toplevel, signingKey, timeouts.build);
  if (old && old !== toplevel) {
    const unknown = [`unknown: ${buildHost.name} does not have what ${pi} runs`];
    for (const line of changes ?? unknown) progress(`${pi}: ${line}`);
  }
  progress(`${pi}: built`);
  return { status: "built" };
}
