import { runAsRoot } from "../on-pi/run-as-root.js";
import { stepInputs, stepTarget } from "../protocol/step-environment.js";
import type { StepSecrets } from "../protocol/step-secrets.js";
import { progress } from "../shared/progress.js";
import { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Result } from "./activate.js";

/** Removes our record from a Pi that leaves the stack. Its system stays; a Pi that is off is left as it is, said plainly. */
export async function forgetStep(secrets: StepSecrets): Promise<Result> {
  const { pi, timeouts } = stepInputs();
  const target = stepTarget();
  try {
    const login = { target, privateKey: secrets.deployKey, connectSeconds: timeouts.connect };
    await SshSession.with(login, async (session) => {
      const result = await runAsRoot(session, target, ["activate", "forget", pi], {
        timeoutSeconds: timeouts.connect * 2,
      });
      if (result.exitCode !== 0) throw new SshError("refused login", `${pi}: ${result.stderr.trim()}`);
    });
    progress(`${pi}: forgotten; it goes on running its system, and your own keys still log in`);
    return { status: "already there" };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    progress(`${pi}: left as it is, with our record in /var/lib/pi-fleet: ${error.message}`);
    return { status: "already there", message: error.message };
  }
}
