import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { formFaults } from "../shared/parse-json.js";
import { GitHubError } from "./github-error.js";
import { type Refusal, refusalOf } from "./github-refusal.js";

export interface GitHubLimits {
  /** The limit for all tries and waits together. */
  readonly totalSeconds: number;
  /** How long one answer may take. */
  readonly answerSeconds: number;
}

export const patient: GitHubLimits = { totalSeconds: 45, answerSeconds: 15 };

/** Where requests go, and as whom. */
export interface GitHubAccess {
  /** GitHub's REST API, as a URL. */
  readonly api: string;
  readonly token: string;
  /** What the requests are about, such as `repos/OWNER/NAME`; errors name it. */
  readonly scope: string;
  readonly limits: GitHubLimits;
}

export interface GitHubRequest<T> {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** The form of the answer. Keys that it does not name are left out of what is given back. */
  readonly answer: z.ZodType<T>;
  /** When to give up, in milliseconds as Date.now() has them. @default after `totalSeconds` */
  readonly deadline?: number | undefined;
}

/**
 * Makes a request, and makes it again while GitHub is not there or asks to wait, until the deadline.
 * @throws GitHubError
 */
export async function ask<T>(access: GitHubAccess, request: GitHubRequest<T>): Promise<T> {
  const deadline = request.deadline ?? Date.now() + access.limits.totalSeconds * 1000;
  for (let wait = 1; ; wait *= 2) {
    const attempt = await tryRequest(access, request);
    if ("answer" in attempt) return readAnswer(attempt.answer, request);
    const pause = attempt.again === undefined ? undefined : Math.max(attempt.again, wait);
    if (pause === undefined || Date.now() + pause * 1000 > deadline) throw attempt.fault;
    await delay(pause * 1000);
  }
}

/** One try. `answer` is the body's JSON; `undefined` when there is no body or it is not JSON. */
async function tryRequest(
  access: GitHubAccess,
  request: GitHubRequest<unknown>,
  url = `${access.api}/${request.path}`,
  hops = 5,
): Promise<{ answer: unknown } | Refusal> {
  const { api, token, limits } = access;
  const { method, body } = request;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "user-agent": "pi-fleet",
        "x-github-api-version": "2022-11-28",
      },
      signal: AbortSignal.timeout(limits.answerSeconds * 1000),
    });
    text = await response.text();
  } catch (cause) {
    const message = `GitHub can't be reached at ${api}: ${unreachable(cause as Error, limits)}`;
    return { fault: new GitHubError(0, message, { cause }), again: 0 };
  }
  if (response.ok) return { answer: json(text) };
  const next = redirectOf(response, url);
  if (next && next.origin !== new URL(api).origin) return { fault: sentElsewhere(access, next) };
  if (next && hops > 0) return tryRequest(access, request, next.href, hops - 1);
  const { data } = refusalBody.safeParse(json(text));
  return refusalOf(response, data?.message ?? response.statusText, access);
}

/** Where an answer sends the request, such as to the new name of a repository: the same request is made there. */
function redirectOf({ status, headers }: Response, url: string): URL | undefined {
  const location = headers.get("location");
  if (![301, 302, 307, 308].includes(status) || !location || !URL.canParse(location, url)) return undefined;
  return new URL(location, url);
}

/** The credential is for the GitHub that config names, and no other host gets it. */
function sentElsewhere({ api, scope }: GitHubAccess, { origin }: URL): GitHubError {
  const message = `${api} sends requests about ${scope} to ${origin}, which config does not name`;
  return new GitHubError(
    0,
    `${message}: nothing was sent there. If that is your GitHub, set the runner's github.api`,
  );
}

const refusalBody = z.object({ message: z.string() });

/** What `fetch` throws says little; its cause has the reason. */
function unreachable(error: Error, { answerSeconds }: GitHubLimits): string {
  if (error.name === "TimeoutError") return `no answer in ${answerSeconds} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function readAnswer<T>(value: unknown, { method, path, answer }: GitHubRequest<T>): T {
  const { success, data, error } = answer.safeParse(value);
  if (success) return data;
  const what = `GitHub's answer to ${method} ${path}`;
  throw new GitHubError(200, `${what} is of a form that this version does not know: ${formFaults(error)}`, {
    cause: error,
  });
}
