import { absent, GitHubError } from "./github-error.js";
import { ask, type Asked, type GitHubLimits, patient } from "./github-request.js";

/** A runner as GitHub lists it. */
export interface ListedRunner {
  readonly id: number;
  readonly name: string;
  readonly status: "online" | "offline";
  readonly busy: boolean;
  readonly labels: readonly { readonly name: string }[];
}

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
