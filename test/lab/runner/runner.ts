import { equal, match, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { askGitHub, type State, type Wish } from "../../../lab/github/client.js";
import { Copy } from "../copy.js";

// A runner's life with the lab's GitHub. The files of this folder share a lab and a stack, as they run in one mocha
// process. Each file begins with lab-a's runner registered as Pulumi.lab.yaml has it, and leaves it so. Only registration
// makes it, and only leaving removes it.

/** The token of Pulumi.lab.yaml, which the lab's GitHub accepts. */
export const token = "ghp_labTokenThatNoGitHubKnows0123456789";
/** Where lab-a's runner is registered. */
export const scope = "repos/example/blinky";
/** The registration token on the Pi; that of another runner is this and -NAME. */
export const file = "/var/lib/github-runner/.runner_token";
export const github = { url: "http://10.77.0.1", api: "http://10.77.0.1/api/v3" };

let shared: LabRunner | undefined;

after(async function () {
  this.timeout(60_000);
  await shared?.copy.remove();
});

/** For the `before` of registration: the lab is not started and the stack not made yet. */
export async function newRunner(context: Mocha.Context): Promise<LabRunner> {
  return (shared ??= await LabRunner.make(context));
}

/** For the `before` of every other file. A file that runs without registration converges the Pis first. */
export async function registeredRunner(context: Mocha.Context): Promise<LabRunner> {
  const runner = await newRunner(context);
  if ((await runner.copy.lab.anchorPid()) === undefined) {
    const { exitCode, out } = await runner.copy.npmRunLab();
    equal(exitCode, 0, out);
  }
  return runner;
}

/** The runner of lab-a, seen from its Pi, from the stack and from GitHub. */
export class LabRunner {
  /** Every request that GitHub got, as of the last `ask`. */
  requests: State["log"] = [];

  private constructor(readonly copy: Copy) {}

  /** A Pi with a runner, one without, and an emulated one with a runner that one test uses. None is converged yet. */
  static async make(context: Mocha.Context): Promise<LabRunner> {
    const copy = await Copy.make(context, "runner");
    const arm = {
      kind: "organization",
      organization: "example",
      labels: ["arm"],
      github,
      timeouts: { online: 60 },
    };
    await copy.config(["pi-fleet:hosts", "lab-c", "runner"], arm);
    return new LabRunner(copy);
  }

  /** Tells GitHub a wish, if any, and gives its state after it. */
  async ask(wish: Wish = {}): Promise<State> {
    const state = await askGitHub(this.copy.lab.gitHubSocket(), wish);
    this.requests = state.log;
    return state;
  }

  posts() {
    return this.requests.filter(({ method }) => method === "POST");
  }

  /** All registrations but lab-c's. */
  async labARunners() {
    return (await this.ask()).runners.filter(({ name }) => name !== "lab-c");
  }

  /** The registration of lab-a's only runner. */
  async only() {
    const runners = await this.labARunners();
    equal(runners.length, 1, JSON.stringify(runners));
    return runners[0]!;
  }

  /** The registration of the just-in-time runner. */
  async once() {
    return (await this.ask()).runners.find(({ name }) => name === "once");
  }

  /** Who may use the runner group that config makes: its visibility and the ids of repositories. */
  async benchGroup() {
    const group = (await this.ask()).groups.find(({ name }) => name === "bench");
    return group && [group.visibility, group.repositories];
  }

  /** A preview names the reason, and an `up` repairs it. */
  async drifts(reason: RegExp): Promise<void> {
    await this.ask({ clearLog: true });
    const preview = await this.copy.pulumi("preview", "--diff");
    match(preview.out, reason);
    await this.ask();
    equal(this.posts().length, 0);
    await this.copy.up();
    ok((await this.labARunners()).every(({ online }) => online));
    await this.copy.nothingToChange();
  }

  /** Queues a job and gives it when it has ended. */
  async dispatch(script: string, where: { scope: string; labels: string[] }) {
    const { jobs } = await this.ask({ dispatch: { ...where, script } });
    const id = jobs.at(-1)?.id;
    let job = jobs.at(-1)!;
    await this.until(async () => {
      job = (await this.ask()).jobs.find((one) => one.id === id)!;
      return job.status === "completed";
    }, "the job did not end");
    return job;
  }

  until(condition: () => Promise<boolean>, otherwise: string): Promise<boolean> {
    return this.copy.lab.until(condition, 40, () => otherwise);
  }

  onHost(script: string, name = "lab-a"): Promise<string> {
    return this.copy.onHost(name, script);
  }

  /** Gives lab-a's runner the config that Pulumi.lab.yaml has. */
  async restoreConfig(): Promise<void> {
    const original = parseDocument(
      await readFile(join(import.meta.dirname, "../../../Pulumi.lab.yaml"), "utf8"),
    );
    const runner: unknown = original.getIn(["config", "pi-fleet:hosts", "lab-a", "runner"]);
    await this.copy.config(
      ["pi-fleet:hosts", "lab-a", "runner"],
      (runner as { toJSON: () => unknown }).toJSON(),
    );
    await this.copy.config(["pi-fleet:hosts", "lab-a", "runners"], undefined);
  }
}
