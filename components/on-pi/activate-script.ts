import { hostname, userInfo } from "node:os";
import type { HostConfig } from "../config/host.js";
import type { Timeouts } from "../config/timeouts.js";
import { PhaseError, type Phase } from "../protocol/phase-error.js";
import type { SecretDelivery } from "../protocol/secret-delivery.js";
import { KeyValues } from "../shared/key-values.js";
import type { RemoteResult } from "../ssh/remote.js";
import type { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import type { Target } from "../ssh/target.js";
import { fullDiskAdvice } from "./disk-space.js";
import { NotWhileRunning } from "./not-while-running.js";
import { rootFault, runAsRoot, type RootScript } from "./run-as-root.js";
import { staged } from "./staged-secrets.js";
import { unitLines } from "./unit-lines.js";

/** What `start` is told. */
export interface ActivationOrder {
  readonly toplevel: string;
  /** What the Pi records after the commit. */
  readonly id: string;
  readonly goal: HostConfig["goal"] | "test";
  readonly health: HostConfig["health"];
  /** The signing key's signature, for a Pi that asked for it (`challenge`). */
  readonly signature?: string | undefined;
}

/** What `reboot` is told. */
export interface RebootOrder {
  readonly id: string;
  /** Seconds from the new boot until the confirmation. */
  readonly limit: number;
  readonly health: HostConfig["health"];
}

/** What became of an order to reboot. */
export type RebootAnswer =
  /** `guarded`: the new system goes back by itself when nobody confirms the reboot. */
  | { readonly kind: "ordered"; readonly guarded: boolean }
  /** These runners run a job that is to end first. */
  | { readonly kind: "jobs"; readonly runners: readonly string[] }
  /** The connection was lost; the order may have arrived. */
  | { readonly kind: "lost" };

/** A runner that runs a job which may end first, and what the new system does to it. */
export interface BusyRunner {
  readonly runner: string;
  readonly then: "stops" | "stays";
}

/** Where an activation stands. Keys without a value are the empty string. */
export interface ActivationReport {
  /** testing, awaiting-confirmation, committing, returning or done. */
  readonly phase: string;
  /** The id of the activation that this is about. */
  readonly activation: string;
  /** committed, tested or returned. */
  readonly result: string;
  /** Why it returned. */
  readonly reason: string;
  /** What of the way back did not succeed. */
  readonly troubles: string;
  readonly log: readonly string[];
}

/** activate.sh on one Pi: a method for each verb that is asked over ssh. Seconds everywhere. */
export class ActivateScript {
  constructor(
    private readonly session: SshSession,
    private readonly target: Target,
    private readonly timeouts: Pick<Timeouts, "connect" | "activate" | "confirm">,
  ) {}

  /** Keeps a system from the Pi's garbage collector before it is copied. @throws PhaseError */
  async hold(toplevel: string): Promise<void> {
    await this.mustDo(["hold", toplevel], "copy");
  }

  /** @throws PhaseError */
  async busy(toplevel: string): Promise<BusyRunner[]> {
    return parseBusyRunners(await this.mustDo(["busy", toplevel], "activate"));
  }

  /**
   * What switching to the system would do to the units, `would restart the following units: …`, or why that is unknown.
   * @throws PhaseError when another activation is under way, NotWhileRunning
   */
  async dry(toplevel: string): Promise<string[]> {
    const timeoutSeconds = this.timeouts.connect + 90;
    const { exitCode, stdout } = await this.call(["dry", toplevel, holder()], {
      timeoutSeconds,
      shared: true,
    }).catch((error: unknown) => {
      if (error instanceof SshError) return { exitCode: -1, stdout: error.message };
      throw error;
    });
    if (exitCode === 75) throw this.held("activate", stdout);
    if (exitCode === 78) throw new NotWhileRunning(stdout.trim());
    return unitLines(exitCode, stdout);
  }

  /** Leaves secrets on the Pi; the activation `id` puts them in place with the new system. @throws PhaseError */
  async stageSecrets(id: string, secrets: SecretDelivery): Promise<void> {
    const failure = "its secrets could not be delivered";
    await this.mustRun(["secrets", "stage"], "activate", failure, staged(id, secrets));
  }

  /**
   * What the signing key has to sign, with the system, for the next activation of a restricted Pi. `undefined` when the Pi's
   * root.sh is older than that and asks for nothing.
   * @throws PhaseError
   */
  async challenge(): Promise<string | undefined> {
    try {
      return (await this.mustDo(["challenge"], "activate")).trim();
    } catch (error) {
      if (error instanceof PhaseError && /there is no 'activate challenge'/.test(error.message))
        return undefined;
      throw error;
    }
  }

  /** @throws PhaseError */
  async start({ toplevel, id, goal, health, signature }: ActivationOrder): Promise<void> {
    const input = keyValueLines({
      toplevel,
      id,
      name: this.target.name,
      holder: holder(),
      goal,
      limit: this.timeouts.activate,
      confirm: this.timeouts.confirm,
      ...healthKeys(health),
      ...(signature === undefined ? {} : { signature }),
    });
    await this.mustDo(["start"], "activate", input);
  }

  /**
   * Waits on the Pi until the activation needs an answer, has ended, or the time is up.
   * @throws SshError, also when the user may not become root: an activation does not replace sudo's rules and root.sh
   * in the same moment
   */
  async follow(seconds: number, shared: boolean): Promise<ActivationReport> {
    const result = await this.call(["follow", String(seconds)], { timeoutSeconds: seconds + 10, shared });
    const fault = rootFault(this.target, result);
    if (fault) throw new SshError("lost", fault);
    return parseReport(result.stdout);
  }

  /**
   * Keeps the new system. Asks over a fresh connection, which proves that this machine can still log in and become
   * root.
   * @returns why it is refused, or `undefined` when it is kept
   * @throws SshError
   */
  async confirm(id: string): Promise<string | undefined> {
    const result = await this.call(["confirm", id], { timeoutSeconds: this.timeouts.connect });
    return result.exitCode === 0 ? undefined : result.stderr.trim();
  }

  /** Records that the Pi, which runs the system already, is where `id` wanted it. @throws PhaseError */
  async record(toplevel: string, id: string): Promise<void> {
    await this.mustDo(["record", toplevel, id, this.target.name], "activate");
  }

  /** @throws PhaseError */
  async reboot({ id, limit, health }: RebootOrder): Promise<RebootAnswer> {
    const input = keyValueLines({ id, holder: holder(), limit, ...healthKeys(health) });
    const timeoutSeconds = this.timeouts.connect * 2;
    const result = await this.call(["reboot"], { timeoutSeconds, input }).catch((error: unknown) => {
      if (error instanceof SshError) return undefined;
      throw error;
    });
    if (!result) return { kind: "lost" };
    const words = `${result.stdout}${result.stderr}`.trim();
    switch (result.exitCode) {
      case 0:
        return { kind: "ordered", guarded: !words.includes("unguarded") };
      case 76:
        return { kind: "jobs", runners: parseBusyRunners(words).map(({ runner }) => runner) };
      case 75:
        throw new PhaseError("reboot", `another activation or reboot is under way: ${words}`);
      default:
        throw new PhaseError("reboot", `activate.sh reboot: ${words}`);
    }
  }

  /**
   * Makes a Pi that is back from its reboot check its health and decide: kept, returned or stayed.
   * @param limit how long it may wait, as `reboot` was told
   * @throws SshError, and PhaseError when it knows of no such reboot
   */
  async arrived(id: string, limit: number): Promise<{ result: string; reason: string }> {
    const { stdout, stderr } = await this.call(["arrived", id], { timeoutSeconds: limit + 30 });
    const said = new KeyValues(stdout);
    if (said.one("id") === id) return { result: said.one("result"), reason: said.one("reason") };
    throw new PhaseError("reboot", `it is back from its reboot, and activate.sh arrived: ${stderr.trim()}`);
  }

  /** Removes the fleet's record of this Pi, unless it has another name by now. Its system stays. @throws SshError */
  async forget(): Promise<void> {
    const { name } = this.target;
    const result = await this.call(["forget", name], { timeoutSeconds: this.timeouts.connect * 2 });
    // Who holds the Pi is on stdout.
    const words = (result.stderr.trim() || result.stdout.trim()).slice(0, 500);
    if (result.exitCode !== 0) throw new SshError("refused login", `${name}: ${words}`);
  }

  /** Runs a verb that must succeed, and gives its stdout. */
  private mustDo(args: string[], phase: Phase, input = ""): Promise<string> {
    return this.mustRun(["activate", ...args], phase, `activate.sh ${args[0]}`, input);
  }

  /** The same for a verb of any script. `failure` begins the message of an error. */
  private async mustRun(
    command: readonly [RootScript, ...string[]],
    phase: Phase,
    failure: string,
    input: string,
  ): Promise<string> {
    const run = { input, timeoutSeconds: this.timeouts.connect * 2, shared: true };
    const result = await runAsRoot(this.session, this.target, command, run).catch((error: unknown) => {
      throw error instanceof SshError ? new PhaseError(phase, error.message, { cause: error }) : error;
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.exitCode === 75) throw this.held(phase, result.stdout);
    const fault = rootFault(this.target, result);
    if (fault) throw new PhaseError("connect", fault);
    const words = result.stderr.trim();
    const timeoutSeconds = this.timeouts.connect * 2;
    const advice = await fullDiskAdvice(this.session, this.target, words, { timeoutSeconds, shared: true });
    throw new PhaseError(phase, `${advice}${failure}: ${words}`);
  }

  /** @param words `held by WHO since WHEN` */
  private held(phase: Phase, words: string): PhaseError {
    const { activate, confirm } = this.timeouts;
    return new PhaseError(
      phase,
      `another activation is under way on ${this.target.name}: ${words.trim()}. If that was a run that was stopped, the Pi ` +
        `goes back by itself within ${activate + confirm} s; then run this again`,
    );
  }

  private call(
    args: string[],
    run: { timeoutSeconds: number; shared?: boolean; input?: string },
  ): Promise<RemoteResult> {
    return runAsRoot(this.session, this.target, ["activate", ...args], run);
  }
}

/** Who asks, as the Pi tells it to others: `user@machine`. */
function holder(): string {
  return `${userInfo().username}@${hostname()}`;
}

function healthKeys({ units, check }: HostConfig["health"]) {
  return { units: units.join(" "), check: check ?? "" };
}

function keyValueLines(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** Reads what the verb `busy` prints: `github-runner-NAME.service stops`, one a line. */
function parseBusyRunners(text: string): BusyRunner[] {
  return [...text.matchAll(/^github-runner-(\S+)\.service (stops|stays)$/gm)].map(([, runner, then]) => ({
    runner: runner!,
    then: then as BusyRunner["then"],
  }));
}

function parseReport(text: string): ActivationReport {
  const said = new KeyValues(text);
  return {
    phase: said.one("phase"),
    activation: said.one("activation"),
    result: said.one("result"),
    reason: said.one("reason"),
    troubles: said.one("troubles"),
    log: said.all("log"),
  };
}
