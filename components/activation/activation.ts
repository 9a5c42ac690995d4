import { ActivateScript } from "../on-pi/activate-script.js";
import { fullDiskAdvice } from "../on-pi/disk-space.js";
import { NotWhileRunning } from "../on-pi/not-while-running.js";
import { observe } from "../on-pi/observe.js";
import { signActivation } from "../on-pi/sign-activation.js";
import type { PiStatus } from "../on-pi/status.js";
import type { Outcome } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { loginText } from "../ssh/logins.js";
import type { SshSession } from "../ssh/session.js";
import type { Target } from "../ssh/target.js";
import type { ActivationArgs, ActivationContext } from "./activation-args.js";
import { afterFailure } from "./after-failure.js";
import { followToCommit } from "./follow-to-commit.js";
import { changesOfSecrets, isWhole, needsNothing } from "./is-there.js";
import { pendingFor, pendingReboot } from "./pending-reboot.js";
import { ReachedPi } from "./reached-pi.js";
import { Reboot } from "./reboot.js";
import { unsettled } from "./unsettled.js";
import { untilIdle } from "./until-idle.js";

/** How the closure gets to the Pi. */
export interface Bring {
  /** @throws PhaseError when the Pi has no room for it */
  readonly checkSpace: () => Promise<void>;
  /** @param restricted whether the Pi takes only what is signed */
  readonly copy: (restricted: boolean) => Promise<void>;
}

/** How an activation ended. */
type Ended = Omit<Outcome, "pi" | "seconds">;

/**
 * Brings one Pi to a toplevel. This is the deployer's side; on-pi/activate.sh does the work on the Pi. The session's
 * shared connection to the Pi must be open.
 */
export class Activation {
  private readonly context: ActivationContext;
  private readonly script: ActivateScript;
  private readonly pi: ReachedPi;

  /**
   * @param target the Pi as config wants it
   * @param reached the login that the shared connection goes by
   */
  constructor(
    private readonly session: SshSession,
    private readonly target: Target,
    private readonly args: ActivationArgs,
    private readonly reached: Target = target,
  ) {
    this.pi = new ReachedPi(session, target, args.timeouts, reached);
    this.script = new ActivateScript(session, reached, args.timeouts);
    this.context = { pi: this.pi, target: reached, args, script: this.script };
  }

  /**
   * A system that the Pi can't be switched to while it runs becomes its boot default, if the Pi may be rebooted now.
   * @throws PhaseError that says where it failed and what the Pi runs now
   */
  async run(bring: Bring): Promise<Ended> {
    try {
      return await this.converge(bring);
    } catch (error) {
      if (!(error instanceof NotWhileRunning) || !(await this.mayRebootIntoIt())) throw error;
      this.tell(`${error.message}: so it does`);
      return new Activation(this.session, this.target, { ...this.args, goal: "boot" }, this.reached).run(
        bring,
      );
    }
  }

  private async converge(bring: Bring): Promise<Ended> {
    const before = await this.settled();
    const wasThere = needsNothing(this.args, before);
    const activated = wasThere ? await this.recordOnly(before) : await this.activate(bring, before);
    const after = await this.rebootWhenAllowed(activated);
    await this.proveLogin(after);
    const status = wasThere && after === before ? "already there" : "converged";
    return { status, old: before.current, new: this.args.toplevel, runners: after.runners };
  }

  /**
   * Copies the closure and tells what switching to it would do to the units. The Pi's garbage collector may remove it.
   * @throws PhaseError
   */
  async dryRun(bring: Bring): Promise<string[]> {
    await bring.checkSpace();
    await this.copy(bring, await this.status());
    return await this.script.dry(this.args.toplevel);
  }

  /** Restarts the Pi, whatever the policy says. */
  async rebootNow(): Promise<PiStatus> {
    const before = await this.settled();
    const pending = pendingReboot(this.pi.name, this.args, before);
    return this.reboot().run(pending?.why ?? "asked for by hand", before);
  }

  /** What the Pi runs. A reboot that an earlier run left unconfirmed is settled first. */
  private async settled(): Promise<PiStatus> {
    const status = await this.status();
    const { rebooting } = status;
    if (!rebooting || rebooting.boot === status.boot) return status;
    this.tell(`${rebooting.holder} rebooted it at ${rebooting.since} and never confirmed the reboot`);
    return this.reboot().settle(rebooting.id);
  }

  private async recordOnly(before: PiStatus): Promise<PiStatus> {
    const { toplevel, id, goal } = this.args;
    if (goal !== "test") await this.script.record(toplevel, id);
    this.tell("is there already");
    return before;
  }

  private async activate(bring: Bring, before: PiStatus): Promise<PiStatus> {
    if (!isWhole(this.args, before)) await this.prepare(bring, before);
    await this.stageSecrets(before);
    const why = unsettled(before);
    if (why) this.tell(why);
    this.tell("activating");
    const signature = before.restricted ? await this.signature() : undefined;
    await this.script.start({ ...this.args, signature });
    const activated = await followToCommit(this.context).catch((error: unknown) =>
      afterFailure(this.context, error, before),
    );
    this.tell(ends[this.args.goal]);
    return activated;
  }

  /** The signing key's signature of this activation. `undefined` when the Pi is too old to ask for it. */
  private async signature(): Promise<string | undefined> {
    const { name } = this.target;
    const { toplevel, signingKey } = this.args;
    const challenge = await this.script.challenge();
    if (challenge === undefined) return undefined;
    if (signingKey !== undefined) return signActivation(signingKey, { name, toplevel, challenge });
    throw new PhaseError(
      "activate",
      `${name} takes only activations that the stack's key signs, and config no longer says hosts.${name}.sudo.onlyActivation: ` +
        "set it to false for one `pulumi up`",
    );
  }

  /** Brings the closure to the Pi, tells what activating it will do, and waits for jobs that this would interrupt. */
  private async prepare(bring: Bring, before: PiStatus): Promise<void> {
    const { toplevel, goal } = this.args;
    await bring.checkSpace();
    await this.script.hold(toplevel);
    await this.copy(bring, before);
    if (goal !== "test") await this.tellWhetherItReboots();
    if (goal === "boot") return;
    for (const line of await this.script.dry(toplevel)) this.tell(line);
    await untilIdle(this.context);
  }

  /** @throws PhaseError, which says whose disk is full when that is why */
  private async copy({ copy }: Bring, { restricted }: PiStatus): Promise<void> {
    this.tell("copying the closure");
    await copy(restricted).catch(async (error: unknown) => {
      if (!(error instanceof PhaseError)) throw error;
      const run = { timeoutSeconds: this.args.timeouts.connect * 2, shared: true };
      const advice = await fullDiskAdvice(this.session, this.target, error.message, run);
      throw advice ? new PhaseError(error.phase, `${advice}${error.message}`, { cause: error }) : error;
    });
  }

  /** The Pi compares the two systems itself, so it must have both. */
  private async tellWhetherItReboots(): Promise<void> {
    const { toplevel, goal, reboot } = this.args;
    const status = await this.status(toplevel);
    const words = [...(goal === "boot" ? ["the system"] : []), ...status.reboot];
    const pending = pendingFor(this.pi.name, reboot, status.clock, words);
    this.tell(pending?.says ?? "no reboot needed");
  }

  /** Leaves the secrets on the Pi for activate.sh, which puts them in place with the new system. */
  private async stageSecrets(before: PiStatus): Promise<void> {
    const { secrets, id } = this.args;
    const changes = changesOfSecrets(this.args, before);
    if (!secrets || changes.length === 0) return;
    this.tell(`secrets: ${changes.join(", ")}`);
    await this.script.stageSecrets(id, secrets);
  }

  private async rebootWhenAllowed(status: PiStatus): Promise<PiStatus> {
    if (this.args.goal === "test") return status;
    const pending = pendingReboot(this.pi.name, this.args, status);
    if (pending?.allowed) return this.reboot().run(pending.why, status);
    if (pending) this.tell(pending.says);
    return status;
  }

  /**
   * A Pi that had the system before may answer by a login of before alone. One that boots its new system later may have
   * the wanted login then.
   * @throws PhaseError
   */
  private async proveLogin({ current, profile }: PiStatus): Promise<void> {
    const { goal, byAnyLogin } = this.args;
    if (!this.pi.isFormer || byAnyLogin || (goal === "boot" && current !== profile)) return;
    const { login, wanted } = this.pi;
    const seen = await this.pi.observeByWanted();
    if (seen.kind === "seen") return;
    throw new PhaseError(
      "confirm",
      `it has the wanted system and answers by ${loginText(login)}, and not by ${loginText(wanted)}, which config says: ${seen.message}`,
    );
  }

  private async mayRebootIntoIt(): Promise<boolean> {
    const { goal, reboot } = this.args;
    if (goal !== "switch") return false;
    const { clock } = await this.status();
    return pendingFor(this.target.name, reboot, clock, ["the system"])?.allowed ?? false;
  }

  private reboot(): Reboot {
    const { id, reboot, health, idle } = this.args;
    return new Reboot(this.pi, { id, rules: reboot, health, idle });
  }

  /** @param next the system that is to be booted next. @default the profile's */
  private async status(next?: string): Promise<PiStatus> {
    const { connect } = this.args.timeouts;
    const options = { shared: true, ...(next ? { next } : {}) };
    const observed = await observe(this.session, this.reached, connect, options);
    if (observed.kind !== "seen") throw new PhaseError("connect", observed.message);
    return observed.status;
  }

  private tell(line: string): void {
    progress(`${this.pi.name}: ${line}`);
  }
}

const ends = {
  switch: "runs it, and boots it",
  boot: "boots it from the next restart on",
  test: "runs it until its next restart",
};
