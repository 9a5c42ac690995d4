import { RunnerOnPi } from "../on-pi/runner-on-pi.js";
import type { Registration, StepResult } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import { readStepInputs } from "../protocol/step-inputs.js";
import { GitHubError } from "../runners/github-error.js";
import { GitHubRunners } from "../runners/github-runners.js";
import { requestToken } from "../runners/request-token.js";
import { progress } from "../shared/progress.js";
import { SshError } from "../ssh/ssh-error.js";
import { gitHubSecret } from "./github-secret.js";
import { lastOutcome, type StepCall } from "./step.js";

/**
 * Removes the runner from GitHub and its token from the Pi. It does one also when the other can't be reached. It
 * removes only what this stack registered: a runner that was registered since has another id.
 */
export async function removeRunnerStep({ secrets }: StepCall): Promise<StepResult> {
  const { pi, target, timeouts, runner: spec } = readStepInputs(["pi", "target", "timeouts", "runner"]);
  const registration = lastOutcome(pi)?.registration;
  const left: string[] = [];
  const agent = await RunnerOnPi.with(secrets.deployKey, target, timeouts, spec, (onPi) =>
    onPi.remove(registration?.id),
  ).catch((error: unknown) => {
    if (!(error instanceof PhaseError || error instanceof SshError)) throw error;
    left.push(`its runner's token stays on it: ${error.message}`);
    return undefined;
  });
  if (registration) {
    // An ephemeral runner may have registered anew by itself since. Then the Pi knows its present id.
    const id = (spec.ephemeral ? agent : undefined) ?? registration.id;
    await deregister(spec, { ...registration, id }, secrets.githubToken).catch((error: unknown) => {
      if (!(error instanceof PhaseError || error instanceof GitHubError)) throw error;
      left.push(
        `the runner ${registration.name} stays registered in ${registration.scope}: ${error.message}`,
      );
    });
  }
  for (const message of left) progress(`${pi}: ${message}`);
  return { status: "already there", ...(left.length > 0 ? { message: left.join("\n") } : {}) };
}

/** The credential of the environment is newer than the one in the state, and is preferred. */
async function deregister(
  spec: RunnerSpec,
  { id, scope, name }: Registration,
  inState: string | undefined,
): Promise<void> {
  const newer = process.env["GITHUB_TOKEN"];
  const credential = newer ? ({ kind: "token" } as const) : spec.credential;
  const token = await requestToken(spec.api, scope, credential, gitHubSecret(newer || inState));
  const github = new GitHubRunners(spec.api, scope, token);
  const runner = await github.get(id);
  if (!runner || runner.name.toLowerCase() !== name.toLowerCase()) return;
  await github.delete(id);
  progress(`${name}: deregistered from ${scope}`);
}
