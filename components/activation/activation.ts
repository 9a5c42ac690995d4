import { hostname, userInfo } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { HostConfig } from "../config/host.js";
import type { Timeouts } from "../config/timeouts.js";
import { fullDisk } from "../nix/disk-full.js";
import { KeyValues } from "../shared/key-values.js";
import { type Outcome } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import { type Phase } from "../protocol/phase-error.js";
import { observe } from "../on-pi/observe.js";
import { type PiStatus } from "../on-pi/status.js";
import { progress } from "../shared/progress.js";
import { pendingFor, pendingReboot } from "./pending-reboot.js";
import { Reboot } from "./reboot.js";
import { type RebootRules } from "../protocol/reboot-rules.js";
import { noRoot, runAsRoot, type RootScript } from "../on-pi/run-as-root.js";
import { secretChanges } from "../secrets/secret-changes.js";
import { staged } from "../on-pi/staged-secrets.js";
import { type SecretDelivery } from "../protocol/secret-delivery.js";
import { type SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";
import { unitLines } from "./unit-lines.js";

export interface ActivationArgs {
  readonly toplevel: string;
  /** The convergence id that the Pi keeps once it is there. */
  readonly id: string;
  /** test: like switch, but the next boot is the old system's. */
  readonly goal: HostConfig["goal"] | "test";
  readonly health: HostConfig["health"];
  readonly reboot: RebootRules;
  readonly timeouts: Timeouts;
  /** How long jobs of the Pi's runners may take to end before the new system is activated. Seconds. */
  readonly idle: number;
  /** What the Pi gets besides the system. @default its secrets stay as they are */
  readonly secrets?: SecretDelivery;
}

/** How the closure comes to the Pi. */
export interface Bring {
  /** @throws PhaseError when the Pi has no room for it */
  readonly checkSpace: () => Promise<void>;
  /** @param restricted whether the Pi takes only what is signed */
  readonly copy: (restricted: boolean) => Promise<void>;
}

/** One Pi's way to a toplevel, from this side: on-pi/activate.sh is the other. */
export class Activation {
  constructor(
    private readonly session: SshSession,
    private readonly target: Target,
    private readonly args: ActivationArgs,
  ) {}

  /** @throws PhaseError that says where it failed and what the Pi runs now */
  async run({ checkSpace: room, copy }: Bring): Promise<Omit<Outcome, "pi" | "seconds">> {
    const { name } = this.target;
    const { toplevel, id, goal } = this.args;
    const before = await this.settled();
    if (this.isThere(before)) {
      if (goal !== "test") await this.onPi(["record", toplevel, id, name], "activate");
      progress(`${name}: is there already`);
      const after = await this.rebootWhenAllowed(before);
      const status = after === before ? "already there" : "converged";
      return { status, old: before.current, new: toplevel, runners: after.runners };
    }
    if (!this.hasSystem(before)) {
      await room();
      await this.onPi(["hold", toplevel], "copy");
      progress(`${name}: copying the closure`);
      await copy(before.restricted);
      if (goal !== "test") await this.sayWhetherItReboots();
      if (goal !== "boot") {
        for (const line of await this.unitChanges()) progress(`${name}: ${line}`);
        await this.untilIdle();
      }
    }
    await this.stageSecrets(before);
    progress(`${name}: activating`);
    await this.start();
    const activated = await this.confirmed().catch((error: unknown) => this.whatIsTrue(error, before));
    progress(`${name}: ${ends[goal]}`);
    const after = await this.rebootWhenAllowed(activated);
    return { status: "converged", old: before.current, new: toplevel, runners: after.runners };
  }

  /**
   * Copies the closure and tells what switching to it would do to the units. Nothing on the Pi keeps the closure.
   * @throws PhaseError
   */
  async dryRun({ checkSpace: room, copy }: Bring): Promise<string[]> {
    await room();
    progress(`${this.target.name}: copying the closure`);
    await copy((await this.status()).restricted);
    return await this.unitChanges();
  }

  /** `would restart the following units: …`, as switch-to-configuration says it, or why that is unknown. */
  private async unitChanges(): Promise<string[]> {
    const { toplevel, timeouts } = this.args;
    const { exitCode, stdout } = await this.call(
      ["dry", toplevel, holder()],
      timeouts.connect + 90,
      true,
    ).catch((error: unknown) => {
      if (error instanceof SshError) return { exitCode: -1, stdout: error.message };
      throw error;
    });
    if (exitCode === 75) throw this.busy("activate", stdout);
    return unitLines(exitCode, stdout);
  }

  /** Restarts the Pi, whatever the policy says. */
  async rebootNow(): Promise<PiStatus> {
    const before = await this.settled();
    const pending = pendingReboot(this.target.name, this.args, before);
    return this.reboot.run(pending?.why ?? "asked for by hand", before);
  }

  private async rebootWhenAllowed(status: PiStatus): Promise<PiStatus> {
    if (this.args.goal === "test") return status;
    const pending = pendingReboot(this.target.name, this.args, status);
    if (pending?.allowed) return this.reboot.run(pending.why, status);
    if (pending) progress(`${this.target.name}: ${pending.says}`);
    return status;
  }

  /** Once the Pi has both systems, and before anything changes. */
  private async sayWhetherItReboots(): Promise<void> {
    const { toplevel, goal, reboot } = this.args;
    const seen = await this.status(toplevel);
    const words = [...(goal === "boot" ? ["the system"] : []), ...seen.reboot];
    const pending = pendingFor(this.target.name, reboot, seen.clock, words);
    progress(`${this.target.name}: ${pending?.says ?? "no reboot needed"}`);
  }

  /** What the Pi runs; a reboot that an earlier run did not see through is confirmed or given up first. */
  private async settled(): Promise<PiStatus> {
    const seen = await this.status();
    const { rebooting } = seen;
    if (!rebooting || rebooting.boot === seen.boot) return seen;
    progress(
      `${this.target.name}: ${rebooting.holder} had it rebooted at ${rebooting.since} and never confirmed that`,
    );
    return this.reboot.settle(rebooting.id);
  }

  private get reboot(): Reboot {
    const { id, reboot, health, timeouts, idle } = this.args;
    return new Reboot(this.session, this.target, {
      ...{ id, rules: reboot, health, connect: timeouts.connect, idle, holder: holder() },
      call: (args, timeoutSeconds, input) => this.call(args, timeoutSeconds, false, input),
    });
  }

  private isThere(status: PiStatus): boolean {
    return this.hasSystem(status) && this.secretChanges(status).length === 0;
  }

  private hasSystem({ current, profile }: PiStatus): boolean {
    const { toplevel, goal } = this.args;
    if (goal === "test") return current === toplevel;
    return profile === toplevel && (goal === "boot" || current === toplevel);
  }

  private secretChanges(status: PiStatus): string[] {
    const { secrets } = this.args;
    return secrets ? secretChanges(secrets.ids, status.secrets) : [];
  }

  /** Leaves the secrets on the Pi for activate.sh, which puts them in place with the new system. */
  private async stageSecrets(before: PiStatus): Promise<void> {
    const { secrets, id } = this.args;
    const changes = this.secretChanges(before);
    if (!secrets || changes.length === 0) return;
    progress(`${this.target.name}: secrets: ${changes.join(", ")}`);
    await this.asked(
      ["secrets", "stage"],
      "activate",
      "its secrets could not be delivered",
      staged(id, secrets),
    );
  }

  private async status(next?: string): Promise<PiStatus> {
    const { connect } = this.args.timeouts;
    const seen = await observe(this.session, this.target, connect, {
      shared: true,
      ...(next ? { next } : {}),
    });
    if (seen.kind !== "seen") throw new PhaseError("connect", seen.message);
    return seen.status;
  }

  /**
   * Waits for jobs to end. One that takes too long goes on under a system that keeps its runner, which is restarted after
   * the job; a system that would stop the runner waits for the next run.
   */
  private async untilIdle(): Promise<void> {
    const { idle } = this.args;
    const deadline = Date.now() + idle * 1000;
    for (let told = false; ; told = true) {
      const busy = await this.busyRunners();
      if (busy.length === 0) return;
      const names = busy.map(({ runner }) => runner).join(", ");
      if (Date.now() > deadline) {
        const stops = busy.filter(({ then }) => then === "stops").map(({ runner }) => runner);
        if (stops.length === 0) return;
        throw new PhaseError(
          "activate",
          `${stops.join(", ")} runs a job for longer than ${idle} s, and the new system, which has no such runner, would ` +
            "stop it. Nothing was changed; the next `pulumi up` tries again",
        );
      }
      if (!told) progress(`${this.target.name}: waiting for the job of ${names} to end`);
      await delay(2000);
    }
  }

  /** The runners that run a job which may end first. `then` is what the new system does to them: `stops` or `stays`. */
  private async busyRunners(): Promise<{ runner: string; then: string }[]> {
    const lines = await this.onPi(["busy", this.args.toplevel], "activate");
    return lines.split("\n").flatMap((line) => {
      const [, runner, then] = /^github-runner-(\S+)\.service (stops|stays)$/.exec(line) ?? [];
      return runner && then ? [{ runner, then }] : [];
    });
  }

  private async start(): Promise<void> {
    const { toplevel, id, goal, health, timeouts } = this.args;
    const order = [
      `toplevel=${toplevel}`,
      `id=${id}`,
      `name=${this.target.name}`,
      `holder=${holder()}`,
      `goal=${goal}`,
      `limit=${timeouts.activate}`,
      `confirm=${timeouts.confirm}`,
      `units=${health.units.join(" ")}`,
      `check=${health.check ?? ""}`,
    ];
    await this.onPi(["start"], "activate", `${order.join("\n")}\n`);
  }

  /** From the start to the commit. Connections may die on the way, with the network that is being changed. */
  private async confirmed(): Promise<PiStatus> {
    const { goal, timeouts } = this.args;
    if (goal !== "boot") {
      const report = await this.follow(timeouts.activate * 2 + 30, "activate");
      if (report.phase !== "awaiting-confirmation") throw this.notKept(report, "activate");
      progress(`${this.target.name}: confirming over a fresh connection`);
      await this.confirm();
    }
    const phase = goal === "boot" ? "activate" : "confirm";
    const report = await this.follow(timeouts.activate, phase);
    if (report.result !== this.kept()) throw this.notKept(report, phase);
    const seen = await observe(this.session, this.target, timeouts.connect);
    if (seen.kind !== "seen")
      throw new PhaseError("confirm", `it committed the new system, and then: ${seen.message}`);
    if (this.isThere(seen.status)) return seen.status;
    throw new PhaseError("confirm", "it committed the new system, and then somebody else switched it");
  }

  /** What the Pi says when it keeps the new system. */
  private kept(): string {
    return this.args.goal === "test" ? "tested" : "committed";
  }

  /** The answer goes over a connection of its own: proof that this machine can still log in and become root. */
  private async confirm(): Promise<void> {
    const { timeouts, id } = this.args;
    const deadline = Date.now() + timeouts.confirm * 1000;
    let last = "";
    while (Date.now() < deadline) {
      try {
        const result = await this.call(["confirm", id], timeouts.connect, false);
        if (result.exitCode === 0) return;
        last = result.stderr.trim();
        break;
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        last = error.message;
        await delay(1000);
      }
    }
    const report = await this.follow(timeouts.activate + timeouts.confirm, "confirm").catch(() => undefined);
    // The word may have been lost, and not what it said.
    if (report?.result === this.kept()) return;
    const reason = report?.result === "returned" ? `; ${report.reason}` : "";
    throw new PhaseError("confirm", `the new system could not be confirmed: ${last}${reason}`);
  }

  private notKept({ result, reason, phase, log }: Report, during: Phase): PhaseError {
    const words = log.length > 0 ? `\n${log.join("\n")}` : "";
    return new PhaseError(
      during,
      result === "returned"
        ? `${reason}${words}`
        : `the activation ended without a result (at "${phase}"): the Pi was restarted, or somebody stopped it${words}`,
    );
  }

  /** A failure says what the Pi runs; and what looked like one is none when the Pi is where it should be. */
  private async whatIsTrue(error: unknown, before: PiStatus): Promise<PiStatus> {
    if (!(error instanceof PhaseError)) throw error;
    progress(`${this.target.name}: ${error.message.split("\n")[0]}; looking what it runs`);
    const seen = await this.observeAgain();
    if (!seen) {
      throw new PhaseError(
        error.phase,
        `${error.message}\nIt can't be reached now. What was not confirmed, it undoes by itself or at its next boot; the next run tells.`,
      );
    }
    if (this.isThere(seen) && seen.record?.id === this.args.id) return seen;
    const runs = seen.current === before.current ? "its old system, as before" : seen.current;
    const boots = seen.profile === seen.current ? "boots it" : `would boot ${seen.profile}`;
    throw new PhaseError(error.phase, `${error.message}\nIt runs ${runs}, and ${boots}.`);
  }

  /** A Pi that restarts takes a while to answer. */
  private async observeAgain(): Promise<PiStatus | undefined> {
    const { connect, confirm } = this.args.timeouts;
    const deadline = Date.now() + Math.max(connect, confirm) * 1000;
    for (;;) {
      const seen = await observe(this.session, this.target, connect);
      if (seen.kind === "seen") return seen.status;
      if (Date.now() > deadline) return undefined;
      await delay(1000);
    }
  }

  /**
   * Asks where the activation stands, again after a lost connection, until it needs an answer, is done, or time is up.
   * A Pi that stays away for twice the time in which it wants its confirmation has gone back, or is off.
   */
  private async follow(limitSeconds: number, phase: Phase): Promise<Report> {
    const deadline = Date.now() + limitSeconds * 1000;
    let awaySince = Infinity;
    for (let shared = true; ; shared = false) {
      const left = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
      try {
        const result = await this.call(["follow", String(left)], left + 10, shared);
        // Sudo's rules and the entry point are not replaced in the same moment.
        const refused = noRoot(this.target, result);
        if (refused) throw new SshError("lost", refused);
        const report = parseReport(result.stdout);
        if (report.activation === this.args.id) return report;
        throw new PhaseError(phase, "the Pi was restarted, or another activation took its place");
      } catch (error) {
        awaySince = Math.min(awaySince, Date.now());
        const givenUp = Math.min(deadline, awaySince + this.args.timeouts.confirm * 2000);
        if (!(error instanceof SshError) || Date.now() > givenUp) throw asPhase(error, phase);
        progress(`${this.target.name}: the connection was lost; trying again`);
        await delay(1000);
      }
    }
  }

  /** A verb of activate.sh that must succeed; gives its stdout. */
  private onPi(args: string[], phase: Phase, input = ""): Promise<string> {
    return this.asked(["activate", ...args], phase, `activate.sh ${args[0]}`, input);
  }

  /** A verb that must succeed, of any of the scripts; gives its stdout. `what` begins the words of a failure. */
  private async asked(
    command: readonly [RootScript, ...string[]],
    phase: Phase,
    what: string,
    input: string,
  ): Promise<string> {
    const run = { input, timeoutSeconds: this.args.timeouts.connect * 2, shared: true };
    const result = await runAsRoot(this.session, this.target, command, run).catch((error: unknown) => {
      throw asPhase(error, phase);
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.exitCode === 75) throw this.busy(phase, result.stdout);
    const refused = noRoot(this.target, result);
    if (refused) throw new PhaseError("connect", refused);
    const words = result.stderr.trim();
    throw new PhaseError(phase, `${fullDisk(this.target, words)}${what}: ${words}`);
  }

  /** @param words `held by WHO since WHEN` */
  private busy(phase: Phase, words: string): PhaseError {
    const { activate, confirm } = this.args.timeouts;
    return new PhaseError(
      phase,
      `another activation is under way on ${this.target.name}: ${words.trim()}. If that was a run that was stopped, the Pi ` +
        `goes back by itself within ${activate + confirm} s; then run this again`,
    );
  }

  private call(args: string[], timeoutSeconds: number, shared: boolean, input = "") {
    return runAsRoot(this.session, this.target, ["activate", ...args], { input, timeoutSeconds, shared });
  }
}

const ends = {
  switch: "runs it, and boots it",
  boot: "boots it from the next restart on",
  test: "runs it until its next restart",
};

function holder(): string {
  return `${userInfo().username}@${hostname()}`;
}

function asPhase(error: unknown, phase: Phase): unknown {
  return error instanceof SshError ? new PhaseError(phase, error.message) : error;
}

interface Report {
  phase: string;
  activation: string;
  result: string;
  reason: string;
  log: string[];
}

function parseReport(text: string): Report {
  const said = new KeyValues(text);
  return {
    phase: said.one("phase"),
    activation: said.one("activation"),
    result: said.one("result"),
    reason: said.one("reason"),
    log: said.all("log"),
  };
}
