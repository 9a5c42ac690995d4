import type { Timeouts } from "../config/timeouts.js";
import { PhaseError } from "../protocol/phase-error.js";
import type { RunnerSpec } from "../protocol/runner-spec.js";
import { KeyValues } from "../shared/key-values.js";
import { workingLogin } from "../ssh/logins.js";
import { SshSession } from "../ssh/session.js";
import type { Target } from "../ssh/target.js";
import { rootFault, runAsRoot } from "./run-as-root.js";

/** What a Pi shows of one runner. */
export interface RunnerState {
  /** Whether its system has the unit. */
  readonly unit: boolean;
  readonly active: string;
  /** What was noted at the end of the last delivery. */
  readonly registration: string;
  readonly id: number | undefined;
  readonly scope: string;
  readonly token: boolean;
  /** Whether a just-in-time runner has done its one job. */
  readonly done: boolean;
  /** The id in the runner's own state. */
  readonly agent: number | undefined;
  readonly version: string;
  /** The unit's last words. */
  readonly journal: readonly string[];
}

/** One runner's side on its Pi: the verbs of runner.sh, as root, over one session. */
export class RunnerOnPi {
  private constructor(
    readonly spec: RunnerSpec,
    private readonly run: (args: string[], input?: string) => Promise<string>,
  ) {}

  static async with<T>(
    deployKey: string | undefined,
    target: Target,
    timeouts: Pick<Timeouts, "connect">,
    spec: RunnerSpec,
    work: (onPi: RunnerOnPi) => Promise<T>,
  ): Promise<T> {
    const login = { target, privateKey: deployKey, connectSeconds: timeouts.connect };
    return SshSession.with(login, async (session) => {
      const reached = await workingLogin(session, target);
      const run = async (args: string[], input = "") => {
        // A stop may take as long as systemd lets it, 90 s.
        const timeoutSeconds = timeouts.connect + 120;
        const result = await runAsRoot(session, reached, ["runner", ...args], { input, timeoutSeconds });
        if (result.exitCode === 0) return result.stdout;
        const words = `${target.name}: ${result.stderr.trim().slice(0, 500)}`;
        throw new PhaseError("runner", rootFault(reached, result) ?? words);
      };
      return await work(new RunnerOnPi(spec, run));
    });
  }

  async state(): Promise<RunnerState> {
    return readState(await this.run(["state", this.spec.name]));
  }

  /** Puts a token, or a just-in-time registration, in its place and starts the runner with it. */
  async deliver(secret: string): Promise<void> {
    const { name, tokenFile, registration, scope } = this.spec;
    await this.run(["deliver", name, tokenFile, registration, scope], secret);
  }

  /** Notes on the Pi that the runner is registered, and by which delivery. */
  async note(id: number, delivery: string): Promise<void> {
    const { name, tokenFile, registration, scope } = this.spec;
    await this.run(["note", name, tokenFile, registration, scope, String(id), delivery]);
  }

  async restart(): Promise<void> {
    await this.run(["restart", this.spec.name]);
  }

  async stop(): Promise<void> {
    await this.run(["stop", this.spec.name]);
  }

  /** Removes the runner from the Pi if it still has this id. Gives the id in the runner's own state. */
  async remove(id: number | undefined): Promise<number | undefined> {
    const { name, tokenFile } = this.spec;
    return readState(await this.run(["remove", name, tokenFile, String(id ?? "")])).agent;
  }
}

function readState(text: string): RunnerState {
  const said = new KeyValues(text);
  const id = (key: string) => (said.one(key) === "" ? undefined : Number(said.one(key)));
  return {
    unit: said.one("unit") === "yes",
    active: said.one("active"),
    registration: said.one("registration"),
    id: id("id"),
    scope: said.one("scope"),
    token: said.one("token") === "yes",
    done: said.one("done") === "yes",
    agent: id("agent"),
    version: said.one("version"),
    journal: said.all("journal"),
  };
}
