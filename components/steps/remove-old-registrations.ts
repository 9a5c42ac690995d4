import type { RunnerOnPi, RunnerState } from "../on-pi/runner-on-pi.js";
import type { Registration } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import { GitHubError } from "../runners/github-error.js";
import { GitHubRunners, type ListedRunner } from "../runners/github-runners.js";
import { progress } from "../shared/progress.js";
import { until } from "../shared/until.js";

/** What is known of a runner that is to be registered anew. */
interface OldRegistrations {
  readonly github: GitHubRunners;
  readonly onPi: RunnerOnPi;
  /** What GitHub lists under the runner's name. */
  readonly listed: ListedRunner | undefined;
  /** What the Pi knows. */
  readonly state: RunnerState;
  /** What the stack knows. */
  readonly last: Registration | undefined;
  readonly token: string;
}

/** Removes what is registered under the runner's name, and what this Pi or this stack had registered elsewhere. */
export async function removeOldRegistrations(old: OldRegistrations): Promise<void> {
  const { github, onPi, listed, state, last, token } = old;
  const { name, scope: wanted, api } = onPi.spec;
  if (listed) {
    const isOurs = [state.id, state.agent, last?.id].includes(listed.id);
    if (!isOurs && listed.status === "online")
      throw new PhaseError(
        "runner",
        `another machine is online as ${name} in ${wanted}, and this stack did not register it: ` +
          "give this runner another name, or remove that one on GitHub",
      );
    await removeWhenIdle(github, listed.id, onPi);
  }
  const removed = new Set<string>();
  for (const { id, scope } of [state, ...(last ? [last] : [])]) {
    if (id === undefined || id === listed?.id || !scope || removed.has(`${scope} ${id}`)) continue;
    removed.add(`${scope} ${id}`);
    await removeWhenIdle(new GitHubRunners(api, scope, token), id, onPi).catch((error: unknown) => {
      if (!(error instanceof GitHubError)) throw error;
      progress(`${name}: its old registration stays in ${scope}: ${error.message}`);
    });
  }
}

/** GitHub refuses to remove a runner that runs a job. The job may end first, unless config wants otherwise. */
async function removeWhenIdle(github: GitHubRunners, id: number, onPi: RunnerOnPi): Promise<void> {
  const { name, interruptJobs, timeouts, credential } = onPi.spec;
  const removeOrLeave = async () => {
    if (interruptJobs) await onPi.stop();
    const isGone = await removeUnlessBusy(github, id);
    // With interruptJobs the next registration replaces it and its job; a just-in-time one can't.
    return isGone || (interruptJobs && credential.kind !== "just-in-time") || undefined;
  };
  const done = await until(removeOrLeave, {
    limitSeconds: timeouts.idle,
    everySeconds: 3,
    onFirstWait: () => progress(`${name}: waiting for its job to end`),
  });
  if (!done)
    throw new PhaseError(
      "runner",
      `${name} runs a job for longer than ${timeouts.idle} s, and is registered anew only after it; the next ` +
        "`pulumi up` tries again (interruptJobs: true would not wait)",
    );
}

async function removeUnlessBusy(github: GitHubRunners, id: number): Promise<boolean> {
  try {
    await github.delete(id);
    return true;
  } catch (error) {
    if (error instanceof GitHubError && error.status === 422) return false;
    throw error;
  }
}
