import { GitHubRunners } from "../runners/github-runners.js";
import { requestToken } from "../runners/github-token.js";
import { GitHubError } from "../runners/github-error.js";
import { type Outcome } from "../protocol/outcome.js";
import { mayAwaitFlash } from "./may-await-flash.js";
import { variable } from "../protocol/step-environment.js";
import { stepInputs } from "../protocol/step-environment.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { RunnerOnPi } from "../on-pi/runner-on-pi.js";
import { SshError } from "../ssh/ssh-error.js";
import type { StepSecrets } from "../protocol/step-secrets.js";
import { removeOld } from "./remove-registration.js";
import { NotOnline, untilOnline } from "./until-online.js";
import { deliver } from "./deliver-credential.js";
import { lastRegistration, type Registration, required, runnerSpec } from "./runner-inputs.js";

type Result = Omit<Outcome, "pi" | "seconds">;

/**
 * Registers the runner when the Pi or GitHub show that it must be, and waits until GitHub lists it as online. Does
 * nothing on GitHub but look when all is well: so it may run as often as it likes.
 */
export async function deliverRunnerStep(secrets: StepSecrets, flags: string[]): Promise<Result> {
  const { pi } = stepInputs();
  const before = lastRegistration(pi);
  try {
    return await RunnerOnPi.with(secrets.deployKey, runnerSpec(), (runner) =>
      register(secrets, runner, before),
    );
  } catch (error) {
    if (error instanceof SshError && error.reason === "unreachable" && mayAwaitFlash(pi, flags))
      return { status: "awaiting flash" };
    if (!(error instanceof PhaseError || error instanceof SshError || error instanceof GitHubError))
      throw error;
    // What is to be removed from GitHub some day must not be forgotten because of a failure.
    const known = error instanceof NotOnline ? error.registration : before;
    return {
      status: "failed",
      phase: "runner",
      message: error.message,
      ...(known ? { registration: known } : {}),
    };
  }
}

async function register(
  secrets: StepSecrets,
  runner: RunnerOnPi,
  before: Registration | undefined,
): Promise<Result> {
  const spec = runnerSpec();
  const state = await runner.state();
  if (!state.unit)
    throw new PhaseError(
      "runner",
      `the Pi's system has no unit ${spec.unit}: its activation has not ended well`,
    );
  const secret = required(secrets.githubToken);
  const token = await requestToken(spec.api, spec.scope, spec.credential, secret);
  const github = new GitHubRunners(spec.api, spec.scope, token);

  const listed = await github.find(spec.name);
  const own = [state.id, state.agent];
  const right = listed && own.includes(listed.id) && state.token && state.registration === spec.registration;
  let once: number | undefined;
  if (right) {
    if (state.active !== "active" || listed.status === "offline") await runner.restart();
  } else {
    await removeOld(github, runner, listed, state, before, token);
    once = await deliver(github, runner, secret);
  }

  const online = await untilOnline(github, runner, { not: right ? undefined : listed?.id, once });
  await runner.note(online.id, variable("DELIVERY"));
  const { version } = await runner.state();
  const labels = online.labels.map((label) => label.name);
  const activity = online.done ? "done" : online.busy ? "busy" : "idle";
  progress(
    online.done
      ? `${spec.name}: its one job is done already`
      : `${spec.name}: online, ${activity}, version ${version || "unknown"}, labels ${labels.join(", ")}`,
  );
  return {
    status: right ? "already there" : "converged",
    registration: { id: online.id, scope: spec.scope, name: spec.name, activity, version, labels },
  };
}
