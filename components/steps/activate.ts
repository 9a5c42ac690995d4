import { Activation } from "../activation.js";
import type { HostConfig } from "../config.js";
import { copyClosure } from "../copy.js";
import {
  heldBack,
  mayAwaitFlash,
  PhaseError,
  stepInputs,
  stepTarget,
  variable,
  type Outcome,
} from "../outcome.js";
import { progress } from "../progress.js";
import type { RebootRules } from "../rebooting.js";
import { checkRoom } from "../room.js";
import { runAsRoot } from "../root.js";
import { connect, SshError, SshSession } from "../ssh.js";
import type { StepSecrets } from "./main.js";

type Result = Omit<Outcome, "pi" | "seconds">;

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
  return SshSession.with(secrets.deployKey, timeouts.connect, async (session) => {
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
        room: () => checkRoom(session, target, toplevel, buildHost, timeouts.connect),
        copy: (restricted) => copyClosure(session, target, toplevel, buildHost, timeouts.copy, restricted),
      });
    } finally {
      await connection.close();
    }
  });
}

/** Removes our record from a Pi that leaves the stack. Its system stays; a Pi that is off is left as it is, said plainly. */
export async function forgetStep(secrets: StepSecrets): Promise<Result> {
  const { pi, timeouts } = stepInputs();
  const target = stepTarget();
  try {
    await SshSession.with(secrets.deployKey, timeouts.connect, async (session) => {
      await session.trust(target);
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
