import { createPrivateKey, sign } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { RunnerConfig } from "./config.js";

/** A runner as GitHub lists it. */
export interface ListedRunner {
  readonly id: number;
  readonly name: string;
  readonly status: "online" | "offline";
  readonly busy: boolean;
  readonly labels: readonly { readonly name: string }[];
}

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

export interface GitHubLimits {
  /** Everything together, tries and waits included. */
  readonly totalSeconds: number;
  /** How long one answer may take. */
  readonly answerSeconds: number;
}

const patient: GitHubLimits = { totalSeconds: 45, answerSeconds: 15 };

/** The runners of one repository, organisation or enterprise. docs.github.com/rest/actions/self-hosted-runners */
export class GitHubRunners {
  constructor(
    private readonly api: string,
    readonly scope: string,
    private readonly token: string,
    private readonly limits: GitHubLimits = patient,
  ) {}

  /** All of them, or those of one name. */
  async list(name?: string): Promise<ListedRunner[]> {
    const found: ListedRunner[] = [];
    const deadline = Date.now() + this.limits.totalSeconds * 1000;
    for (let page = 1; page <= 20; page++) {
      const query = `per_page=100&page=${page}${name === undefined ? "" : `&name=${encodeURIComponent(name)}`}`;
      const answer = (await this.ask("GET", `?${query}`, deadline)) as {
        total_count: number;
        runners: ListedRunner[];
      };
      found.push(...answer.runners);
      if (answer.runners.length === 0 || found.length >= answer.total_count) break;
    }
    return found;
  }

  async find(name: string): Promise<ListedRunner | undefined> {
    // Names are compared without case by GitHub, and `name` was once a prefix: so it is checked here too.
    return (await this.list(name)).find((one) => one.name.toLowerCase() === name.toLowerCase());
  }

  async get(id: number): Promise<ListedRunner | undefined> {
    return (await this.ask("GET", `/${id}`).catch(absent)) as ListedRunner | undefined;
  }

  /** Fine when it is already gone. Status 422 when it runs a job. */
  async delete(id: number): Promise<void> {
    await this.ask("DELETE", `/${id}`).catch(absent);
  }

  /** A token which registers runners for an hour. */
  async registrationToken(): Promise<string> {
    return ((await this.ask("POST", "/registration-token")) as { token: string }).token;
  }

  /** Registers a runner for one job. Status 409 when there is one of its name. The config is a secret. */
  async justInTime(runner: JustInTimeRunner): Promise<{ id: number; config: string }> {
    const { name, labels, groupId, workFolder } = runner;
    const body = { name, labels, runner_group_id: groupId, work_folder: workFolder };
    const answer = (await this.ask("POST", "/generate-jitconfig", undefined, body)) as {
      runner: { id: number };
      encoded_jit_config: string;
    };
    return { id: answer.runner.id, config: answer.encoded_jit_config };
  }

  /** The id of a runner group; null is the default one. A repository has no groups of its own. */
  async groupId(name: string | null): Promise<number> {
    if (this.scope.startsWith("repos/")) return 1;
    const path = `${this.scope}/actions/runner-groups`;
    for (let page = 1, seen = 0; page <= 20; page++) {
      const { total_count, runner_groups } = (await ask(
        this.where,
        "GET",
        `${path}?per_page=100&page=${page}`,
      )) as { total_count: number; runner_groups: { id: number; name: string; default: boolean }[] };
      const found = runner_groups.find((one) => (name === null ? one.default : one.name === name));
      if (found) return found.id;
      seen += runner_groups.length;
      if (runner_groups.length === 0 || seen >= total_count) break;
    }
    throw new GitHubError(404, `${this.scope} has no runner group ${name ?? "that is the default one"}`);
  }

  private ask(method: string, path: string, deadline?: number, body?: unknown): Promise<unknown> {
    return ask(this.where, method, `${this.scope}/actions/runners${path}`, deadline, body);
  }

  private get where(): Asked {
    return { api: this.api, token: this.token, scope: this.scope, limits: this.limits };
  }
}

export interface JustInTimeRunner {
  readonly name: string;
  /** All of them: GitHub adds none. */
  readonly labels: readonly string[];
  readonly groupId: number;
  /** From the runner's root. */
  readonly workFolder: string;
}

/** The id of OWNER/NAME, which runner groups want. */
export async function repositoryId(api: string, token: string, repository: string): Promise<number> {
  const scope = `repos/${repository}`;
  const where = { api, token, scope, limits: patient };
  return ((await ask(where, "GET", scope)) as { id: number }).id;
}

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
      const days = (now - Date.parse(published_at)) / 86_400_000;
      return days > 30 && version.localeCompare(tag_name.replace(/^v/, ""), "en", { numeric: true }) < 0;
    })
    .map(({ tag_name }) => tag_name.replace(/^v/, ""));
  return newer.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
}

function absent(error: unknown): undefined {
  if (error instanceof GitHubError && error.status === 404) return undefined;
  throw error;
}

/**
 * What requests are made with: the token itself, or, when the secret is a GitHub App's private key, an hour's token of
 * its installation, which is made now.
 */
export async function requestToken(
  api: string,
  scope: string,
  credential: Credential,
  secret: string,
): Promise<string> {
  if (!isApp(credential)) return secret.trim();
  const jwt = appJwt(credential.appId, secret);
  const where = { api, token: jwt, scope, limits: patient };
  const found = async () =>
    ((await ask(where, "GET", `${scope}/installation`).catch(notInstalled(scope))) as { id: number }).id;
  const installation = credential.installation ?? (await found());
  const answer = await ask(where, "POST", `app/installations/${installation}/access_tokens`);
  return (answer as { token: string }).token;
}

type Credential = RunnerConfig["credential"];

/** Whether the secret is an App's private key: then even reading needs a token that a POST makes. */
export function isApp(
  credential: Credential,
): credential is Extract<Credential, { appId?: number }> & { appId: number } {
  return "appId" in credential && credential.appId !== undefined;
}

function notInstalled(scope: string) {
  return (error: unknown): never => {
    if (!(error instanceof GitHubError) || error.status !== 404) throw error;
    throw new GitHubError(
      404,
      `the GitHub App is not installed for ${scope}: install it there, with ${neededPermission(scope).split(", or")[0]}`,
    );
  };
}

/** docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token */
export function appJwt(appId: number, privateKey: string, now = Date.now()): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = Math.floor(now / 1000);
  // A minute back, for clocks that differ; ten minutes is the most that GitHub takes.
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: seconds - 60, exp: seconds + 540, iss: String(appId) })}`;
  let key;
  try {
    key = createPrivateKey(privateKey.replaceAll("\\n", "\n"));
  } catch {
    throw new GitHubError(
      0,
      "githubToken is not the GitHub App's private key (a PEM, as GitHub hands it out)",
    );
  }
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}

interface Asked {
  readonly api: string;
  readonly token: string;
  readonly scope: string;
  readonly limits: GitHubLimits;
}

/** One request, tried again while GitHub is not there or asks to wait, within the limits. */
async function ask(
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

interface Tried {
  answer?: unknown;
  fault?: GitHubError;
  /** Seconds after which it is worth another try. */
  again?: number;
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

function refusal(response: Response, text: string, api: string, scope: string): Tried {
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

const renew = "Set another with: pulumi config set --secret pi-fleet:githubToken";

/** What a credential must be allowed, in GitHub's words. */
export function neededPermission(scope: string): string {
  if (scope.startsWith("repos/"))
    return `the permission Administration (read and write) on ${scope.slice(6)}, or a classic token the scope repo`;
  if (scope.startsWith("orgs/"))
    return `the organisation permission Self-hosted runners (read and write) on ${scope.slice(5)}, or a classic token the scope admin:org`;
  return `a classic token with the scope manage_runners:enterprise on ${scope.slice(12)}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
