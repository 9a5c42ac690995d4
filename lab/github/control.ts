import type { Access, GitHub, Job } from "./github.js";

/** What a test tells GitHub to do or to be, all in one message. */
export interface Wish {
  /** Makes a token valid, with its access by scope. */
  readonly token?: { token: string; access: Record<string, Access>; expiresInSeconds?: number };
  readonly forgetToken?: string;
  readonly app?: { id: string; publicKey: string; installation: number; access: Record<string, Access> };
  readonly moveClockSeconds?: number;
  readonly faults?: { status?: number; delaySeconds?: number; retryAfterSeconds?: number };
  readonly deleteRunner?: number;
  readonly dispatch?: { scope: string; labels: string[]; script: string };
  readonly release?: { tag_name: string; published_at: string };
  readonly keys?: { user: string; text: string };
  readonly clearLog?: boolean;
  /** Asks for all tokens that it made. */
  readonly tellMinted?: boolean;
}

export interface State {
  readonly runners: {
    id: number;
    scope: string;
    name: string;
    labels: string[];
    group: string;
    version: string;
    online: boolean;
    busy: boolean;
  }[];
  readonly groups: { id: number; scope: string; name: string; visibility: string; repositories: number[] }[];
  readonly jobs: Job[];
  readonly log: { method: string; path: string; status: number }[];
  /** Empty unless asked for. */
  readonly minted: readonly string[];
}

/** Fulfils a wish and gives the state after it, which has no secret in it but those that the wish asks for. */
export function control(github: GitHub, wish: Wish): State {
  if (wish.token) {
    const { token, access, expiresInSeconds } = wish.token;
    const expires = expiresInSeconds === undefined ? {} : { expires: github.now() + expiresInSeconds * 1000 };
    github.credentials.set(token, { kind: "token", access, ...expires });
  }
  if (wish.keys) github.keys.set(wish.keys.user, wish.keys.text);
  if (wish.forgetToken) github.credentials.delete(wish.forgetToken);
  if (wish.app) github.apps.set(wish.app.id, wish.app);
  if (wish.moveClockSeconds) github.moveClock(wish.moveClockSeconds);
  if (wish.faults)
    Object.assign(
      github.faults,
      { status: undefined, delaySeconds: undefined, retryAfterSeconds: undefined },
      wish.faults,
    );
  if (wish.deleteRunner) github.runners.delete(wish.deleteRunner);
  if (wish.dispatch) {
    const id = github.id();
    github.jobs.set(id, { id, ...wish.dispatch, status: "queued" });
  }
  if (wish.release) github.releases.push(wish.release);
  if (wish.clearLog) github.log.length = 0;
  github.forgetLongOffline();
  return {
    runners: [...github.runners.values()].map((runner) => ({
      id: runner.id,
      scope: runner.scope,
      name: runner.name,
      labels: runner.labels,
      group: runner.group,
      version: runner.version,
      online: github.online(runner),
      busy: runner.job !== undefined,
    })),
    groups: [...github.groups.values()],
    jobs: [...github.jobs.values()],
    log: github.log,
    minted: wish.tellMinted ? github.minted : [],
  };
}
