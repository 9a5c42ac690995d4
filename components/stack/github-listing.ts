import type { Listing } from "../convergence/runner-convergence.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import { GitHubError } from "../runners/github-error.js";
import { GitHubRunners } from "../runners/github-runners.js";
import { isApp } from "../runners/request-token.js";
import { runnerReleases, type RunnerRelease } from "../runners/runner-releases.js";

/** A preview must not wait for GitHub. */
const limits = { totalSeconds: 4, answerSeconds: 4 };

const listings = new Map<string, Promise<Listing>>();
const releases = new Map<string, Promise<RunnerRelease[]>>();

/** Lists the runners of a scope, once for all runners in it. It only reads, and soon gives up. */
export function listRunners(spec: RunnerSpec, token: string): Promise<Listing> {
  if (isApp(spec.credential)) return Promise.resolve({ kind: "not asked" });
  return askOnce(listings, `${spec.api} ${spec.scope}`, () => askGitHub(spec, token.trim()));
}

async function askGitHub({ api, scope }: RunnerSpec, token: string): Promise<Listing> {
  try {
    const [runners, released] = await Promise.all([
      new GitHubRunners(api, scope, token, limits).list(),
      // The releases are for a warning only, so without an answer there are none.
      askOnce(releases, api, () => runnerReleases(api, token, limits).catch(() => [])),
    ]);
    return { kind: "listed", runners, releases: released };
  } catch (error) {
    if (error instanceof GitHubError) return { kind: "unknown", message: error.message };
    throw error;
  }
}

function askOnce<T>(asked: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = asked.get(key) ?? ask();
  asked.set(key, known);
  return known;
}
