import { type GitHubLimits, patient, ask } from "./github-request.js";
import { absent } from "./github-error.js";

/** A release of GitHub's runner program. */
export interface RunnerRelease {
  readonly tag_name: string;
  readonly published_at: string;
}

/** The last releases of the runner program; none where GitHub does not have them, such as an Enterprise Server. */
export async function runnerReleases(
  api: string,
  token: string,
  limits: GitHubLimits = patient,
): Promise<RunnerRelease[]> {
  const where = { api, token, scope: "repos/actions/runner", limits };
  const answer = await ask(where, "GET", "repos/actions/runner/releases?per_page=30").catch(absent);
  return (answer as RunnerRelease[] | undefined) ?? [];
}

/** The release that has made a version too old: GitHub queues no jobs to one that is 30 days behind. */
export function outdatedBy(
  version: string,
  releases: readonly RunnerRelease[],
  now = Date.now(),
): string | undefined {
  const newer = releases
    .filter(({ tag_name, published_at }) => {
      const days = (now - Date.parse(published_at)) / 86400000;
      return days > 30 && version.localeCompare(tag_name.replace(/^v/, ""), "en", { numeric: true }) < 0;
    })
    .map(({ tag_name }) => tag_name.replace(/^v/, ""));
  return newer.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
}
