import type { RunnerOnPi } from "../on-pi/runner-on-pi.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import { GitHubError } from "../runners/github-error.js";
import type { GitHubRunners } from "../runners/github-runners.js";
import { jitConfigFile } from "../runners/just-in-time-config.js";
import { progress } from "../shared/progress.js";

/**
 * Gives the runner on its Pi what it registers with.
 * @returns the id of a just-in-time registration; any other runner gets its id when it registers
 */
export async function deliverCredential(
  github: GitHubRunners,
  onPi: RunnerOnPi,
  secret: string,
): Promise<number | undefined> {
  const { name, scope, credential } = onPi.spec;
  if (credential.kind === "just-in-time") {
    const { id, config } = await registerForOneJob(github, onPi.spec);
    await onPi.deliver(jitConfigFile(config));
    progress(`${name}: a registration for one job in ${scope} was delivered`);
    return id;
  }
  await onPi.deliver(credential.kind === "token" ? secret.trim() : await github.registrationToken());
  progress(`${name}: a token for its registration in ${scope} was delivered`);
  return undefined;
}

async function registerForOneJob(
  github: GitHubRunners,
  { name, systemLabels, labels, group, workFolder }: RunnerSpec,
): Promise<{ id: number; config: string }> {
  const groupId = await github.groupId(group);
  const runner = { name, labels: [...new Set([...systemLabels, ...labels])], groupId, workFolder };
  return github.justInTime(runner).catch(async (error: unknown) => {
    if (!(error instanceof GitHubError) || error.status !== 409) throw error;
    // The old registration is removed by now. This one is of our own try of a moment ago, whose answer was lost.
    const lost = await github.find(name);
    if (lost?.status !== "offline") throw error;
    await github.delete(lost.id);
    return github.justInTime(runner);
  });
}
