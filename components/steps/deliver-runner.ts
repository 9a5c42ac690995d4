import { RunnerOnPi, type RunnerState } from "../on-pi/runner-on-pi.js";
import type { Registration, StepResult } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { GitHubError } from "../runners/github-error.js";
import { GitHubRunners, type ListedRunner } from "../runners/github-runners.js";
import { requestToken } from "../runners/request-token.js";
import { progress } from "../shared/progress.js";
import { SshError } from "../ssh/ssh-error.js";
import { deliverCredential } from "./deliver-credential.js";
import { gitHubSecret } from "./github-secret.js";
import { removeOldRegistrations } from "./remove-old-registrations.js";
import { lastOutcome, mayAwaitFlash, type StepCall } from "./step.js";
import { NotOnline, untilOnline, type OnlineRunner } from "./until-online.js";

/**
 * Registers the runner when the Pi or GitHub show that it must be, and waits until GitHub lists it as online. When all
 * is well it only reads from GitHub, so it may run often.
 */
export async function deliverRunnerStep({ secrets, flags }: StepCall): Promise<StepResult> {
  const { pi, target, timeouts, runner, delivery } = readStepInputs([
    "pi",
    "target",
    "timeouts",
    "runner",
    "delivery",
  ]);
  const last = lastOutcome(pi)?.registration;
  try {
    return await RunnerOnPi.with(secrets.deployKey, target, timeouts, runner, (onPi) =>
      register(onPi, secrets.githubToken, delivery, last),
    );
  } catch (error) {
    if (error instanceof SshError && error.reason === "unreachable" && mayAwaitFlash(pi, flags))
      return { status: "awaiting flash" };
    if (!(error instanceof PhaseError || error instanceof SshError || error instanceof GitHubError))
      throw error;
    // After a failure too, later runs must know the registration, to remove it from GitHub some day.
    const registration = error instanceof NotOnline ? error.registration : last;
    return {
      status: "failed",
      phase: "runner",
      message: error.message,
      ...(registration ? { registration } : {}),
    };
  }
}

async function register(
  onPi: RunnerOnPi,
  githubToken: string | undefined,
  delivery: string,
  last: Registration | undefined,
): Promise<StepResult> {
  const { spec } = onPi;
  const state = await onPi.state();
  if (!state.unit)
    throw new PhaseError(
      "runner",
      `the Pi's system has no unit ${spec.unit}: its activation has not ended well`,
    );
  const secret = gitHubSecret(githubToken);
  const token = await requestToken(spec.api, spec.scope, spec.credential, secret);
  const github = new GitHubRunners(spec.api, spec.scope, token);
  const listed = await github.find(spec.name);

  const isRegistered = listed !== undefined && isOurs(onPi, state, listed);
  let oneJobId: number | undefined;
  if (isRegistered) {
    if (state.active !== "active" || listed.status === "offline") await onPi.restart();
  } else {
    await removeOldRegistrations({ github, onPi, listed, state, last, token });
    oneJobId = await deliverCredential(github, onPi, secret);
  }

  const online = await untilOnline(github, onPi, {
    replacedId: isRegistered ? undefined : listed?.id,
    oneJobId,
  });
  await onPi.note(online.id, delivery);
  const registration = await registered(onPi, online);
  return { status: isRegistered ? "already there" : "converged", registration };
}

/** Whether what GitHub lists is the registration that this Pi has, and that config wants. */
function isOurs({ spec }: RunnerOnPi, state: RunnerState, listed: ListedRunner): boolean {
  return (
    [state.id, state.agent].includes(listed.id) && state.token && state.registration === spec.registration
  );
}

async function registered(onPi: RunnerOnPi, online: OnlineRunner): Promise<Registration> {
  const { name, scope } = onPi.spec;
  const { version } = await onPi.state();
  const labels = online.labels.map((label) => label.name);
  const activity = online.done ? "done" : online.busy ? "busy" : "idle";
  progress(
    online.done
      ? `${name}: its one job is done already`
      : `${name}: online, ${activity}, version ${version || "unknown"}, labels ${labels.join(", ")}`,
  );
  return { id: online.id, scope, name, activity, version, labels };
}
