import { setTimeout as delay } from "node:timers/promises";
import { type RunnerOnPi, type RunnerState } from "../on-pi/runner-on-pi.js";
import { PhaseError } from "../protocol/phase-error.js";
import { GitHubError } from "../runners/github-error.js";
import { GitHubRunners, type ListedRunner } from "../runners/github-runners.js";
import { progress } from "../shared/progress.js";
import { type Registration } from "./runner-inputs.js";
import { runnerSpec } from "./runner-inputs.js";

/** Makes room: what is registered under the name, and what this Pi or this stack had registered elsewhere. */
export async function removeOld(
  github: GitHubRunners,
  runner: RunnerOnPi,
  listed: ListedRunner | undefined,
  state: RunnerState,
  before: Registration | undefined,
  token: string,
): Promise<void> {
  const spec = runnerSpec();
  if (listed) {
    const ours = [state.id, state.agent, before?.id].includes(listed.id);
    if (!ours && listed.status === "online")
      throw new PhaseError(
        "runner",
        `another machine is online as ${spec.name} in ${spec.scope}, and this stack did not register it: ` +
          "give this runner another name, or remove that one on GitHub",
      );
    await removeWhenIdle(github, listed.id, runner);
  }
  const done = new Set<string>();
  for (const { id, scope } of [state, ...(before ? [before] : [])]) {
    if (id === undefined || id === listed?.id || !scope || done.has(`${scope} ${id}`)) continue;
    done.add(`${scope} ${id}`);
    await removeWhenIdle(new GitHubRunners(spec.api, scope, token), id, runner).catch((error: unknown) => {
      if (!(error instanceof GitHubError)) throw error;
      progress(`${spec.name}: its old registration stays in ${scope}: ${error.message}`);
    });
  }
}

/** GitHub keeps a runner that runs a job; the job may end, unless config wants otherwise. */
export async function removeWhenIdle(github: GitHubRunners, id: number, onPi: RunnerOnPi): Promise<void> {
  const { name, interruptJobs, timeouts, credential } = runnerSpec();
  const deadline = Date.now() + timeouts.idle * 1000;
  let told = false;
  for (;;) {
    if (interruptJobs) await onPi.stop();
    const busy = await github.delete(id).then(
      () => false,
      (error: unknown) => {
        if (error instanceof GitHubError && error.status === 422) return true;
        throw error;
      },
    );
    // With interruptJobs the next registration replaces it, job and all; a just-in-time one can't.
    if (!busy || (interruptJobs && credential.kind !== "just-in-time")) return;
    if (Date.now() > deadline)
      throw new PhaseError(
        "runner",
        `${name} runs a job for longer than ${timeouts.idle} s, and is registered anew only after it; the next ` +
          "`pulumi up` tries again (interruptJobs: true would not wait)",
      );
    if (!told) progress(`${name}: waiting for its job to end`);
    told = true;
    await delay(3000);
  }
}
