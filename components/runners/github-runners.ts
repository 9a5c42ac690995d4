import { z } from "zod";
import { goneIsUndefined } from "./github-error.js";
import { ask, type GitHubAccess, type GitHubLimits, type GitHubRequest, patient } from "./github-request.js";
import { runnerGroupId } from "./runner-group-id.js";

const listedRunner = z.object({
  id: z.number(),
  name: z.string(),
  status: z.enum(["online", "offline"]),
  busy: z.boolean(),
  labels: z.array(z.object({ name: z.string() })),
});
const listing = z.object({ total_count: z.number(), runners: z.array(listedRunner) });
const registrationToken = z.object({ token: z.string() });
const registered = z.object({ runner: z.object({ id: z.number() }), encoded_jit_config: z.string() });

/** A runner as GitHub lists it. */
export type ListedRunner = Readonly<z.infer<typeof listedRunner>>;

/** A runner that is registered for one job. */
export interface JustInTimeRunner {
  readonly name: string;
  /** All of them: GitHub adds none. */
  readonly labels: readonly string[];
  readonly groupId: number;
  /** A path from the runner's root. */
  readonly workFolder: string;
}

/**
 * The runners of one repository, organisation or enterprise. docs.github.com/rest/actions/self-hosted-runners
 *
 * Each method throws a GitHubError that says what to do.
 */
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
      const request = { method: "GET", path: `?${query}`, answer: listing, deadline } as const;
      const { runners, total_count } = await this.ask(request);
      found.push(...runners);
      if (runners.length === 0 || found.length >= total_count) break;
    }
    return found;
  }

  async find(name: string): Promise<ListedRunner | undefined> {
    // GitHub compares names without case, and its parameter `name` once asked for a prefix.
    return (await this.list(name)).find((one) => one.name.toLowerCase() === name.toLowerCase());
  }

  /** `undefined` when there is none. */
  async get(id: number): Promise<ListedRunner | undefined> {
    return this.ask({ method: "GET", path: `/${id}`, answer: listedRunner }).catch(goneIsUndefined);
  }

  /** Does nothing when the runner is gone already. Status 422 when it runs a job. */
  async delete(id: number): Promise<void> {
    await this.ask({ method: "DELETE", path: `/${id}`, answer: z.unknown() }).catch(goneIsUndefined);
  }

  /** A token which registers runners for an hour. */
  async registrationToken(): Promise<string> {
    return (await this.ask({ method: "POST", path: "/registration-token", answer: registrationToken })).token;
  }

  /** Registers a runner for one job. Status 409 when there is one of its name. The config is a secret. */
  async justInTime(runner: JustInTimeRunner): Promise<{ id: number; config: string }> {
    const { name, labels, groupId, workFolder } = runner;
    const answer = await this.ask({
      method: "POST",
      path: "/generate-jitconfig",
      body: { name, labels, runner_group_id: groupId, work_folder: workFolder },
      answer: registered,
    });
    return { id: answer.runner.id, config: answer.encoded_jit_config };
  }

  /** The id of a runner group; null is the default one. A repository has only that, and its id is 1. */
  async groupId(name: string | null): Promise<number> {
    return this.scope.startsWith("repos/") ? 1 : runnerGroupId(this.access, name);
  }

  private ask<T>(request: GitHubRequest<T>): Promise<T> {
    return ask(this.access, { ...request, path: `${this.scope}/actions/runners${request.path}` });
  }

  private get access(): GitHubAccess {
    return { api: this.api, token: this.token, scope: this.scope, limits: this.limits };
  }
}
