import { ActivateScript } from "../on-pi/activate-script.js";
import { observe } from "../on-pi/observe.js";
import type { StepResult } from "../protocol/outcome.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { progress } from "../shared/progress.js";
import { byFirstLogin, loginsOf } from "../ssh/logins.js";
import { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import type { StepCall } from "./step.js";

const restricted =
  "takes no other than those that this stack's key signs (sudo.onlyActivation). Without the stack only a person who is root there can " +
  "update it: somebody in wheel, with sudo.wheelWithoutPassword; else it needs a new card";
const leftAlone = "left as it is, with our record in /var/lib/pi-fleet";
const notTold =
  "it may be on, and could not be told to forget: our record and the deploy key's access stay on it until you remove them";

/**
 * Removes our record from a Pi that leaves the stack. Its system stays. A Pi that is off stays as it is, and the step
 * says so.
 */
export async function forgetStep({ secrets }: StepCall): Promise<StepResult> {
  const { pi, target, timeouts } = readStepInputs(["pi", "target", "timeouts"]);
  try {
    const login = { target, privateKey: secrets.deployKey, connectSeconds: timeouts.connect };
    const observed = await SshSession.with(login, (session) =>
      byFirstLogin(loginsOf(target), async (one) => {
        await new ActivateScript(session, one, timeouts).forget();
        return observe(session, one, timeouts.connect);
      }),
    );
    const isRestricted = observed.kind === "seen" && observed.status.restricted;
    progress(
      `${pi}: forgotten; it goes on running its system, and ${isRestricted ? restricted : "your own keys still log in"}`,
    );
    return { status: "already there" };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    progress(`${pi}: ${error.reason === "unreachable" ? leftAlone : notTold}: ${error.message}`);
    return { status: "already there", message: error.message };
  }
}
