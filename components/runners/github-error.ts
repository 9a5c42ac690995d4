import { parse } from "./github-request.js";
import { type Tried } from "./github-request.js";

/** What GitHub said no to, or that it said nothing: for a person, with what to do. */
export class GitHubError extends Error {
  override name = "GitHubError";
  constructor(
    /** The status of the answer; 0 when there was none. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What a credential must be allowed, in GitHub's words. */
export function neededPermission(scope: string): string {
  if (scope.startsWith("repos/"))
    return `the permission Administration (read and write) on ${scope.slice(6)}, or a classic token the scope repo`;
  if (scope.startsWith("orgs/"))
    return `the organisation permission Self-hosted runners (read and write) on ${scope.slice(5)}, or a classic token the scope admin:org`;
  return `a classic token with the scope manage_runners:enterprise on ${scope.slice(12)}`;
}

export const renew = "Set another with: pulumi config set --secret pi-fleet:githubToken";

export function refusal(response: Response, text: string, api: string, scope: string): Tried {
  const { status, headers } = response;
  const words = (parse(text) as { message?: string } | undefined)?.message ?? response.statusText;
  const fault = (message: string) => new GitHubError(status, message);
  const limited =
    status === 429 ||
    (status === 403 && (headers.get("x-ratelimit-remaining") === "0" || headers.has("retry-after")));
  if (limited) {
    const reset = Number(headers.get("x-ratelimit-reset") ?? 0);
    const seconds = Number(headers.get("retry-after") ?? Math.max(1, Math.ceil(reset - Date.now() / 1000)));
    return { fault: fault(`GitHub limits the rate of requests: try again in ${seconds} s`), again: seconds };
  }
  if (status >= 500)
    return { fault: fault(`GitHub has a problem (${status} from ${api}): ${words}`), again: 0 };
  if (status === 401)
    return {
      fault: fault(
        `GitHub does not accept the credential (401 ${words}): it is wrong, expired or revoked. ` + renew,
      ),
    };
  if (status === 403)
    return {
      fault: fault(
        `GitHub refuses (403 ${words}): the credential needs ${neededPermission(scope)}. ` + renew,
      ),
    };
  if (status === 404)
    return {
      fault: fault(
        `GitHub has no ${scope}, or the credential may not see it (404): it needs ${neededPermission(scope)}. ` +
          renew,
      ),
    };
  return { fault: fault(`GitHub refuses (${status}): ${words}`) };
}

export function absent(error: unknown): undefined {
  if (error instanceof GitHubError && error.status === 404) return undefined;
  throw error;
}
