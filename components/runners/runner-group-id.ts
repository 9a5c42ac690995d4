import { z } from "zod";
import { GitHubError } from "./github-error.js";
import { ask, type GitHubAccess } from "./github-request.js";

const listing = z.object({
  total_count: z.number(),
  runner_groups: z.array(z.object({ id: z.number(), name: z.string(), default: z.boolean() })),
});

/**
 * The id of a runner group of an organisation or enterprise; null is the default one.
 * docs.github.com/rest/actions/self-hosted-runner-groups
 * @throws GitHubError with status 404 when there is none
 */
export async function runnerGroupId(access: GitHubAccess, name: string | null): Promise<number> {
  const { scope } = access;
  for (let page = 1, seen = 0; page <= 20; page++) {
    const path = `${scope}/actions/runner-groups?per_page=100&page=${page}`;
    const { total_count, runner_groups } = await ask(access, { method: "GET", path, answer: listing });
    const found = runner_groups.find((one) => (name === null ? one.default : one.name === name));
    if (found) return found.id;
    seen += runner_groups.length;
    if (runner_groups.length === 0 || seen >= total_count) break;
  }
  throw new GitHubError(404, `${scope} has no runner group ${name ?? "that is the default one"}`);
}
