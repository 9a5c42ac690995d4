import { type RunnerOnPi } from "../on-pi/runner-on-pi.js";
import { GitHubError } from "../runners/github-error.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import { type GitHubRunners } from "../runners/github-runners.js";
import { jitConfigFile } from "../runners/just-in-time-config.js";
import { progress } from "../shared/progress.js";
import { runnerSpec } from "./runner-inputs.js";

/** Gives the runner what it registers with. The id of a just-in-time registration is known then. */
export async function deliver(
  github: GitHubRunners,
  runner: RunnerOnPi,
  secret: string,
): Promise<number | undefined> {
  const spec = runnerSpec();
  const minted = spec.credential.kind === "just-in-time" ? await justInTime(github, spec) : undefined;
  if (minted) await runner.deliver(jitConfigFile(minted.config));
  else if (spec.credential.kind === "token") await runner.deliver(secret.trim());
  else await runner.deliver(await github.registrationToken());
  const what = minted ? "a registration for one job" : "a token for its registration";
  progress(`${spec.name}: ${what} in ${spec.scope} was delivered`);
  return minted?.id;
}

/** A registration for one job. */
export async function justInTime(
  github: GitHubRunners,
  spec: RunnerSpec,
): Promise<{ id: number; config: string }> {
  const { name, systemLabels, labels, workFolder } = spec;
  const groupId = await github.groupId(spec.group);
  const runner = { name, labels: [...new Set([...systemLabels, ...labels])], groupId, workFolder };
  return github.justInTime(runner).catch(async (error: unknown) => {
    if (!(error instanceof GitHubError) || error.status !== 409) throw error;
    // The old one is removed by now: this is of our own try of a moment ago, whose answer was lost.
    const half = await github.find(name);
    if (half?.status !== "offline") throw error;
    await github.delete(half.id);
    return github.justInTime(runner);
  });
}
