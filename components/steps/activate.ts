import { Activation } from "../activation/activation.js";
import { checkDiskSpace } from "../activation/disk-space.js";
import { copyClosure } from "../nix/copy.js";
import type { ActivationFault } from "../protocol/activation-fault.js";
import type { StepResult } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { progress } from "../shared/progress.js";
import { connectByLogin } from "../ssh/connect-by-login.js";
import { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import { mayAwaitFlash, type StepCall } from "./step.js";

/**
 * Brings the Pi to its toplevel: copy, `switch-to-configuration test`, confirm over a fresh connection, and only then
 * the profile and the boot default. With the flag `may-await-flash` a Pi that has never answered may be absent.
 */
export async function activateStep({ secrets, flags }: StepCall): Promise<StepResult> {
  const inputs = readStepInputs([
    ...(["pi", "target", "buildHost", "timeouts"] as const),
    ...(["toplevel", "convergence", "activationFault"] as const),
    ...(["goal", "health", "reboot", "idle"] as const),
  ]);
  const { pi, target, buildHost, timeouts, toplevel, activationFault } = inputs;
  if (activationFault) return refusal(activationFault);
  if (!toplevel) throw new Error("the Command has neither a toplevel nor a reason for that");
  const login = { target, privateKey: secrets.deployKey, connectSeconds: timeouts.connect };
  return SshSession.with(login, async (session) => {
    progress(`${pi}: connecting`);
    const connection = await connectByLogin(session, target).catch((error: unknown) => {
      if (!(error instanceof SshError)) throw error;
      if (error.reason === "unreachable" && mayAwaitFlash(pi, flags)) return undefined;
      throw new PhaseError("connect", error.message, { cause: error });
    });
    if (!connection) return { status: "awaiting flash" };
    const { reached } = connection;
    const args = {
      ...{ toplevel, id: inputs.convergence, goal: inputs.goal, health: inputs.health },
      ...{ reboot: inputs.reboot, timeouts, idle: inputs.idle },
      secrets: secrets.secrets ?? { files: [], keep: [], ids: {} },
      signingKey: secrets.signingKey,
    };
    try {
      return await new Activation(session, target, args, reached).run({
        checkSpace: () => checkDiskSpace(session, reached, toplevel, buildHost, timeouts.connect),
        copy: (restricted) =>
          copyClosure(session, reached, { toplevel, buildHost, timeoutSeconds: timeouts.copy, restricted }),
      });
    } finally {
      await connection.close();
    }
  });
}

function refusal({ kind, message }: ActivationFault): StepResult {
  // A Pi that an earlier wave holds back failed in no phase of its own.
  if (kind === "held back") return { status: "failed", message: `held back: ${message}` };
  return { status: "failed", phase: kind, message };
}
