import { z } from "zod";
import { goneIsUndefined } from "./github-error.js";
import { type GitHubLimits, patient, ask } from "./github-request.js";

const release = z.object({ tag_name: z.string(), published_at: z.string() });

/** A release of GitHub's runner program: its tag such as `v2.331.0`, and when it came out, in ISO 8601. */
export type RunnerRelease = Readonly<z.infer<typeof release>>;

/** The last releases of the runner program; none where GitHub does not have them, such as an Enterprise Server. */
export async function runnerReleases(
  api: string,
  token: string,
  limits: GitHubLimits = patient,
): Promise<RunnerRelease[]> {
  const scope = "repos/actions/runner";
  const path = `${scope}/releases?per_page=30`;
  const request = ask({ api, token, scope, limits }, { method: "GET", path, answer: z.array(release) });
  return (await request.catch(goneIsUndefined)) ?? [];
}

/** The newest release that is out for over 30 days, if a version is older: GitHub then queues no jobs to it. */
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
