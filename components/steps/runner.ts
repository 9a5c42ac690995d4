import { mayAwaitFlash, PhaseError, stepInputs, stepTarget, variable, type Outcome } from "../outcome.js";
import { onPiScript } from "../package-root.js";
import { progress } from "../progress.js";
import { asRoot, remote, SshError, SshSession } from "../ssh.js";
import type { StepSecrets } from "./main.js";

type Result = Omit<Outcome, "pi" | "seconds">;

/** Puts the runner's credential on the Pi, by stdin, and starts exactly its unit. */
export async function deliverRunnerStep(secrets: StepSecrets, flags: string[]): Promise<Result> {
  const { pi } = stepInputs();
  if (!secrets.githubToken) {
    throw new PhaseError(
      "runner",
      "the stack has no githubToken: pulumi config set --secret pi-fleet:githubToken",
    );
  }
  try {
    await withPi(secrets, ["deliver", variable("UNIT"), variable("DELIVERY")], secrets.githubToken);
  } catch (error) {
    if (error instanceof SshError && error.reason === "unreachable" && mayAwaitFlash(pi, flags))
      return { status: "awaiting flash" };
    throw error instanceof SshError ? new PhaseError("runner", error.message) : error;
  }
  progress(`${pi}: runner credential delivered`);
  return { status: "converged" };
}

/** Removes the credential and stops the unit. A Pi that is off is left as it is, said plainly. */
export async function removeRunnerStep(secrets: StepSecrets): Promise<Result> {
  const { pi } = stepInputs();
  try {
    await withPi(secrets, ["remove", variable("UNIT")], "");
    return { status: "already there" };
  } catch (error) {
    if (!(error instanceof PhaseError || error instanceof SshError)) throw error;
    progress(`${pi}: its runner credential stays on it: ${error.message}`);
    return { status: "already there", message: error.message };
  }
}

/** runner.sh as root; the credential is its stdin. */
async function withPi(secrets: StepSecrets, args: string[], credential: string): Promise<void> {
  const { timeouts } = stepInputs();
  const target = stepTarget();
  const session = await SshSession.open(secrets.deployKey, timeouts.connect);
  try {
    await session.trust(target);
    const result = await remote(
      session,
      target,
      asRoot(target, ["sh", "-c", onPiScript("runner.sh"), "sh", ...args]),
      {
        input: credential,
        timeoutSeconds: timeouts.connect * 2,
      },
    );
    if (result.exitCode !== 0)
      throw new PhaseError("runner", `${target.name}: ${result.stderr.trim().slice(0, 500)}`);
  } finally {
    await session.close();
  }
}
