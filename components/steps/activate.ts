import { Activation } from "../activation/activation.js";
import type { HostConfig } from "../config/host.js";
import { copyClosure } from "../nix/copy.js";
import { type Outcome } from "../protocol/outcome.js";
import { mayAwaitFlash } from "./may-await-flash.js";
import { variable } from "../protocol/step-environment.js";
import { stepTarget } from "../protocol/step-environment.js";
import { stepInputs } from "../protocol/step-environment.js";
import { heldBack } from "../protocol/step-environment.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import type { RebootRules } from "../protocol/reboot-rules.js";
import { checkDiskSpace } from "../activation/disk-space.js";
import { SshSession } from "../ssh/session.js";
import { connect } from "../ssh/connection.js";
import { SshError } from "../ssh/ssh-error.js";
import type { StepSecrets } from "../protocol/step-secrets.js";

export type Result = Omit<Outcome, "pi" | "seconds">;

/**
 * Brings the Pi to TOPLEVEL: copy, `switch-to-configuration test`, confirm over a fresh connection, and then its
 * profile and boot default. Flag `may-await-flash`: a Pi that was never there may be absent.
 */
export async function activateStep(secrets: StepSecrets, flags: string[]): Promise<Result> {
  const { pi, buildHost, timeouts } = stepInputs();
  const target = stepTarget();
  const toplevel = variable("TOPLEVEL");
  const fault = variable("FAULT");
  if (fault.startsWith(heldBack)) return { status: "failed", message: fault };
  if (fault) {
    return {
      status: "failed",
      phase: toplevel.startsWith("/nix/store/") ? "build" : "evaluation",
      message: fault,
    };
  }
  const login = { target, privateKey: secrets.deployKey, connectSeconds: timeouts.connect };
  return SshSession.with(login, async (session) => {
    progress(`${pi}: connecting`);
    const connection = await connect(session, target).catch((error: unknown) => {
      if (!(error instanceof SshError)) throw error;
      if (error.reason === "unreachable" && mayAwaitFlash(pi, flags)) return undefined;
      throw new PhaseError("connect", error.message);
    });
    if (!connection) return { status: "awaiting flash" };
    try {
      return await new Activation(session, target, {
        toplevel,
        id: variable("CONVERGENCE"),
        goal: variable("GOAL") as HostConfig["goal"],
        health: JSON.parse(variable("HEALTH")) as HostConfig["health"],
        reboot: JSON.parse(variable("REBOOT")) as RebootRules,
        timeouts,
        idle: Number(variable("IDLE")),
        secrets: secrets.secrets ?? { files: [], keep: [], ids: {} },
      }).run({
        checkSpace: () => checkDiskSpace(session, target, toplevel, buildHost, timeouts.connect),
        copy: (restricted) =>
          copyClosure(session, target, { toplevel, buildHost, timeoutSeconds: timeouts.copy, restricted }),
      });
    } finally {
      await connection.close();
    }
  });
}
