import { GitHubError } from "./github-error.js";
import { neededPermission } from "./needed-permission.js";

/** Why a request got no answer that can be used. */
export interface Refusal {
  readonly fault: GitHubError;
  /** Seconds after which it is worth another try; absent when it is not. */
  readonly again?: number;
}

export interface RefusedRequest {
  /** GitHub's REST API, as a URL. */
  readonly api: string;
  /** What the request is about, such as `repos/OWNER/NAME`. */
  readonly scope: string;
}

const renew = "Set another with: pulumi config set --secret pi-fleet:githubToken";

/**
 * Explains an answer that is none of the 200s.
 * @param words what the answer itself says
 */
export function refusalOf(
  { status, headers }: Response,
  words: string,
  { api, scope }: RefusedRequest,
): Refusal {
  const fault = (message: string) => new GitHubError(status, message);
  if (isLimited(status, headers)) {
    const seconds = secondsToWait(headers);
    return { fault: fault(`GitHub limits the rate of requests: try again in ${seconds} s`), again: seconds };
  }
  if (status >= 500)
    return { fault: fault(`GitHub has a problem (${status} from ${api}): ${words}`), again: 0 };
  return { fault: fault(explain(status, words, scope)) };
}

function explain(status: number, words: string, scope: string): string {
  switch (status) {
    case 401:
      return `GitHub does not accept the credential (401 ${words}): it is wrong, expired or revoked. ${renew}`;
    case 403:
      return `GitHub refuses (403 ${words}): the credential needs ${neededPermission(scope)}. ${renew}`;
    case 404:
      return `GitHub has no ${scope}, or the credential may not see it (404): it needs ${neededPermission(scope)}. ${renew}`;
    default:
      return `GitHub refuses (${status}): ${words}`;
  }
}

/** docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function isLimited(status: number, headers: Headers): boolean {
  const spent = headers.get("x-ratelimit-remaining") === "0" || headers.has("retry-after");
  return status === 429 || (status === 403 && spent);
}

function secondsToWait(headers: Headers): number {
  const reset = Number(headers.get("x-ratelimit-reset") ?? 0);
  return Number(headers.get("retry-after") ?? Math.max(1, Math.ceil(reset - Date.now() / 1000)));
}
