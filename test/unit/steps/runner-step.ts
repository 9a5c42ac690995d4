import type { Registration } from "../../../components/protocol/outcome.js";
import type { RunnerSpec } from "../../../components/protocol/runner-spec.js";
import type { Runner } from "../../../lab/github/github.js";
import { FakePi, target } from "../activation/fake-pi.js";
import { gitHubServer, scope } from "../runners/github-server.js";
import { command, timeouts } from "./command.js";

/** Gives the tests of a `describe` a runner `a` on a fake Pi, and the lab's GitHub to register it with. */
export function runnerStep() {
  const server = gitHubServer();
  const given = command();
  const newToken = async () => {
    const token = await server.runners("right").registrationToken();
    server.github.log.length = 0;
    return token;
  };
  const world = {
    server,
    given,
    pi: undefined as unknown as FakePi,
    /** Describes the runner to the step. */
    describe(change: Partial<RunnerSpec> = {}): void {
      given.tells({ runner: { ...specOf(server.api), ...change } });
    },
    /** Registers a runner as its program does, with a token of GitHub's. */
    async registers(name: string, { online = true, token = "" } = {}): Promise<Runner> {
      const { status, text } = await server.register(name, token || (await newToken()));
      if (status !== 200) throw new Error(`GitHub answers ${status}: ${text}`);
      const runner = server.github.runners.get(Number(/^id=(\d+)/.exec(text)?.[1]))!;
      runner.connected = online;
      return runner;
    },
    /** What was asked of GitHub, besides looking. */
    changes: () =>
      server.github.log
        .filter(({ method }) => method !== "GET")
        .map(({ method, path }) => `${method} ${path.replace(/.*\/actions\/runners/, "")}`),
    names: () => server.github.runnersOf(scope).map(({ name }) => name),
  };
  beforeEach(async () => {
    world.pi = await FakePi.make();
    server.github.runners.clear();
    server.github.log.length = 0;
    given.tells({ pi: "pi", target, timeouts, delivery: "delivery 1" });
    world.describe();
  });
  afterEach(() => world.pi.remove());
  return world;
}

export function registrationOf(id: number, change: Partial<Registration> = {}): Registration {
  return { id, scope, name: "a", activity: "idle", version: "2.1.0", labels: ["a", "b"], ...change };
}

function specOf(api: string): RunnerSpec {
  return {
    ...{ name: "a", unit: "github-runner-a.service", scope, api, url: "http://x/o/r", labels: ["a", "b"] },
    ...{ systemLabels: ["Linux"], group: null, workFolder: "../w", registration: "0123" },
    ...{ tokenFile: "/token", credential: { kind: "registration-token" }, ephemeral: false },
    ...{ interruptJobs: false, timeouts: { online: 3, idle: 9 } },
  };
}
