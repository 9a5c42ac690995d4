import { createPublicKey, randomBytes, verify } from "node:crypto";

/**
 * What GitHub knows, in memory. Stands in for: the part of GitHub that has to do with self-hosted runners.
 * Not modelled: users but for their public keys, workflows, who may use a runner group, secrets, audit, webhooks, the real limits' sizes, TLS.
 * A runner that was replaced keeps its id: the real program asks for that (actions/runner, RunnerDotcomServer.cs).
 */
export class GitHub {
  private offset = 0;
  private nextId = 1;
  readonly credentials = new Map<string, Credential>();
  readonly apps = new Map<string, App>();
  readonly runners = new Map<number, Runner>();
  readonly jobs = new Map<number, Job>();
  readonly groups = new Map<number, RunnerGroup>();
  /** Ids of repositories by OWNER/NAME. */
  readonly repositories = new Map<string, number>();
  /** Method and path of each request, and how it was answered; no bodies, no headers. */
  readonly log: { method: string; path: string; status: number }[] = [];
  readonly faults: Faults = {};
  /** Every token and just-in-time config that it made. A test looks whether one of them is to be found anywhere. */
  readonly minted: string[] = [];
  /** The public keys that it shows of a user, as text. */
  readonly keys = new Map<string, string>();
  /** Of the runner program. */
  readonly releases: { tag_name: string; published_at: string }[] = [];

  now(): number {
    return Date.now() + this.offset;
  }

  /** Time passes. What is connected stays connected meanwhile. */
  moveClock(seconds: number): void {
    const connected = [...this.runners.values()].filter((runner) => this.online(runner));
    this.offset += seconds * 1000;
    for (const runner of connected) runner.seen += seconds * 1000;
    this.forgetLongOffline();
  }

  id(): number {
    return this.nextId++;
  }

  online(runner: Runner): boolean {
    return runner.connected && this.now() - runner.seen < 15_000;
  }

  /** GitHub removes a runner after 14 days without a connection, an ephemeral one after a day. */
  forgetLongOffline(): void {
    for (const [id, runner] of this.runners)
      if (this.now() - runner.seen > (runner.ephemeral ? 1 : 14) * 86_400_000) this.runners.delete(id);
  }

  /** An organisation or enterprise has one group from the start. */
  groupsOf(scope: string): RunnerGroup[] {
    const found = [...this.groups.values()].filter((group) => group.scope === scope);
    return found.length > 0 ? found : [this.addGroup(scope, "Default", true)];
  }

  addGroup(scope: string, name: string, isDefault = false): RunnerGroup {
    const group: RunnerGroup = {
      ...{ id: this.id(), scope, name, default: isDefault, visibility: "all", repositories: [] },
      ...{ publicRepositories: false, restrictedToWorkflows: false, workflows: [] },
    };
    this.groups.set(group.id, group);
    return group;
  }

  hasRepository(id: number): boolean {
    return [...this.repositories.values()].includes(id);
  }

  runnersOf(scope: string): Runner[] {
    this.forgetLongOffline();
    return [...this.runners.values()].filter((runner) => runner.scope === scope);
  }

  grant(kind: Credential["kind"], prefix: string, access: Record<string, Access>, seconds: number): string {
    const token = prefix + randomBytes(18).toString("base64url").replaceAll(/[-_]/g, "x");
    this.credentials.set(token, { kind, access, expires: this.now() + seconds * 1000 });
    this.minted.push(token);
    return token;
  }

  /** The credential that is valid now. */
  credential(token: string): Credential | undefined {
    const found = this.credentials.get(token);
    return found && (found.expires === undefined || found.expires > this.now()) ? found : undefined;
  }

  /** The App that signed a JWT which is valid now: RS256, at most ten minutes to go. */
  appOf(jwt: string): App | undefined {
    const [head = "", body = "", signature = ""] = jwt.split(".");
    try {
      const { alg } = decode(head) as { alg?: string };
      const { iss, iat = 0, exp = 0 } = decode(body) as { iss?: string | number; iat?: number; exp?: number };
      const app = this.apps.get(String(iss));
      const now = this.now() / 1000;
      if (!app || alg !== "RS256" || iat > now + 60 || exp < now || exp > now + 600) return undefined;
      const key = createPublicKey(app.publicKey);
      return verify("RSA-SHA256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))
        ? app
        : undefined;
    } catch {
      return undefined;
    }
  }
}

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}

export type Access = "read" | "admin";

export interface Credential {
  readonly kind: "token" | "installation" | "registration" | "remove";
  /** By scope: repos/OWNER/NAME, orgs/NAME, enterprises/NAME. What is not in it is not found. */
  readonly access: Readonly<Record<string, Access>>;
  readonly expires?: number;
}

export interface App {
  readonly id: string;
  readonly publicKey: string;
  readonly installation: number;
  readonly access: Readonly<Record<string, Access>>;
}

export interface Runner {
  readonly id: number;
  readonly scope: string;
  readonly name: string;
  labels: string[];
  group: string;
  version: string;
  ephemeral: boolean;
  secret: string;
  connected: boolean;
  seen: number;
  job: number | undefined;
}

export interface RunnerGroup {
  readonly id: number;
  readonly scope: string;
  name: string;
  readonly default: boolean;
  visibility: string;
  repositories: number[];
  publicRepositories: boolean;
  restrictedToWorkflows: boolean;
  workflows: string[];
}

export interface Job {
  readonly id: number;
  readonly scope: string;
  readonly labels: readonly string[];
  readonly script: string;
  runner?: string;
  status: "queued" | "in_progress" | "completed";
  exitCode?: number;
  output?: string;
}

/** The ways in which a test makes GitHub fail. */
export interface Faults {
  /** Every request to the API is answered with this status. */
  status?: number | undefined;
  /** The API waits this long before each answer. */
  delaySeconds?: number | undefined;
  /** No more requests until then: 429 with this retry-after. */
  retryAfterSeconds?: number | undefined;
}
