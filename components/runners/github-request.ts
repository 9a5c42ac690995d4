import { setTimeout as delay } from "node:timers/promises";
import { GitHubError, refusal } from "./github-error.js";

export interface GitHubLimits {
  /** Everything together, tries and waits included. */
  readonly totalSeconds: number;
  /** How long one answer may take. */
  readonly answerSeconds: number;
}

export const patient: GitHubLimits = { totalSeconds: 45, answerSeconds: 15 };

export interface Asked {
  readonly api: string;
  readonly token: string;
  readonly scope: string;
  readonly limits: GitHubLimits;
}

/** One request, tried again while GitHub is not there or asks to wait, within the limits. */
export async function ask(
  where: Asked,
  method: string,
  path: string,
  deadline = Date.now() + where.limits.totalSeconds * 1000,
  body?: unknown,
): Promise<unknown> {
  for (let wait = 1; ; wait *= 2) {
    const { answer, fault, again } = await once(where, method, path, body);
    if (!fault) return answer;
    const pause = again === undefined ? undefined : Math.max(again, wait);
    if (pause === undefined || Date.now() + pause * 1000 > deadline) throw fault;
    await delay(pause * 1000);
  }
}

export interface Tried {
  answer?: unknown;
  fault?: GitHubError;
  /** Seconds after which it is worth another try. */
  again?: number;
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function once(
  { api, token, scope, limits }: Asked,
  method: string,
  path: string,
  body: unknown,
): Promise<Tried> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${api}/${path}`, {
      method,
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
  } catch (error) {
    const reason =
      (error as Error).name === "TimeoutError"
        ? `no answer in ${limits.answerSeconds} s`
        : ((error as { cause?: Error }).cause?.message ?? (error as Error).message);
    return { fault: new GitHubError(0, `GitHub can't be reached at ${api}: ${reason}`), again: 0 };
  }
  if (response.ok) return text ? { answer: parse(text) } : {};
  return refusal(response, text, api, scope);
}
