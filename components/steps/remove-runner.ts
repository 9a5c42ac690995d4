import { GitHubRunners } from "../runners/github-runners.js";
import { requestToken } from "../runners/github-token.js";
import { GitHubError } from "../runners/github-error.js";
import { type Outcome } from "../protocol/outcome.js";
import { stepInputs } from "../protocol/step-environment.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import { RunnerOnPi } from "../on-pi/runner-on-pi.js";
import { SshError } from "../ssh/ssh-error.js";
import type { StepSecrets } from "../protocol/step-secrets.js";
import { type Registration } from "./runner-inputs.js";
import { required } from "./runner-inputs.js";
import { lastRegistration } from "./runner-inputs.js";
import { runnerSpec } from "./runner-inputs.js";

/**
 * Takes the runner from GitHub and its token from the Pi, each also when the other can't be reached. Only what this
 * stack registered: a runner that was registered since has another id.
 */
export async function removeRunnerStep(secrets: StepSecrets): Promise<Omit<Outcome, "pi" | "seconds">> {
  const { pi } = stepInputs();
  const spec = runnerSpec();
  const own = lastRegistration(pi);
  const left: string[] = [];
  const onPi = await RunnerOnPi.with(secrets.deployKey, spec, (runner) => runner.remove(own?.id)).catch(
    (error: unknown) => {
      if (!(error instanceof PhaseError || error instanceof SshError)) throw error;
      left.push(`its runner's token stays on it: ${error.message}`);
      return undefined;
    },
  );
  if (own) {
    // With a token of its own it has registered anew since, perhaps; what the Pi knows is this one.
    const current = spec.ephemeral && onPi !== undefined ? { ...own, id: onPi } : own;
    await deregister(spec, current, secrets.githubToken).catch((error: unknown) => {
      if (!(error instanceof PhaseError || error instanceof GitHubError)) throw error;
      left.push(`the runner ${own.name} stays registered in ${own.scope}: ${error.message}`);
    });
  }
  for (const message of left) progress(`${pi}: ${message}`);
  return { status: "already there", ...(left.length > 0 ? { message: left.join("\n") } : {}) };
}

/** With the environment's credential, which is newer than the state's. */
async function deregister(spec: RunnerSpec, own: Registration, secret: string | undefined): Promise<void> {
  const newer = process.env["GITHUB_TOKEN"];
  const kind = newer ? ({ kind: "token" } as const) : spec.credential;
  const token = await requestToken(spec.api, own.scope, kind, required(newer || secret));
  const github = new GitHubRunners(spec.api, own.scope, token);
  const runner = await github.get(own.id);
  if (!runner || runner.name.toLowerCase() !== own.name.toLowerCase()) return;
  await github.delete(own.id);
  progress(`${own.name}: deregistered from ${own.scope}`);
}
