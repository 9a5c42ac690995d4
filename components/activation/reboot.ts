import { boards } from "../config/boards.js";
import type { HostConfig } from "../config/host.js";
import type { RebootAnswer, RebootOrder } from "../on-pi/activate-script.js";
import type { PiStatus } from "../on-pi/status.js";
import { PhaseError } from "../protocol/phase-error.js";
import type { RebootRules } from "../protocol/reboot-rules.js";
import { progress } from "../shared/progress.js";
import { clock, until } from "../shared/until.js";
import { SshError } from "../ssh/ssh-error.js";
import type { ReachedPi } from "./reached-pi.js";

export interface RebootArgs {
  /** The id that the Pi records for this reboot. */
  readonly id: string;
  readonly rules: RebootRules;
  readonly health: HostConfig["health"];
  /** How long a runner's job may take to end, in seconds. */
  readonly idle: number;
}

/**
 * One reboot of a Pi. This is the deployer's side; the Pi's side is the verbs reboot, arrived and await of activate.sh.
 */
export class Reboot {
  constructor(
    private readonly pi: ReachedPi,
    private readonly args: RebootArgs,
  ) {}

  /**
   * Restarts the Pi, and waits until it is back and well.
   * @throws PhaseError that says what it runs now
   */
  async run(why: string, before: PiStatus): Promise<PiStatus> {
    const { rules, id } = this.args;
    await this.order(before);
    this.tell(`rebooting (${why}), waiting at most ${rules.limit} s for it`);
    const back = await this.untilSeen(({ boot }) => boot !== before.boot);
    if (!back) return this.overdue(before);
    if (![back.rebooting?.id, back.rebooted?.id].includes(id))
      throw new PhaseError("reboot", "it restarted before it was asked to; the next `pulumi up` looks again");
    return this.settle(id);
  }

  /** Makes a Pi that is back from a reboot check its health. Waits until it stays or has gone back. */
  async settle(id: string): Promise<PiStatus> {
    this.tell("it is back; looking at its health over a fresh connection");
    const { result, reason } = await this.arrived(id);
    if (result === "kept") {
      const after = await this.status();
      if (after && after.current === after.profile) {
        this.tell("rebooted, and confirmed");
        return after;
      }
      throw new PhaseError("reboot", "it was confirmed after its reboot, and then it went away");
    }
    if (result !== "returned")
      throw new PhaseError("reboot", `after the reboot: ${reason}. It stays as it is.`);
    this.tell(`${reason}; it goes back to what it booted before`);
    const back = await this.untilSeen((now) => now.rebooted?.id === id && now.booted === now.profile);
    throw new PhaseError("reboot", wentBack(reason, back));
  }

  /** Asks the Pi to restart, once no job runs there. */
  private async order(before: PiStatus): Promise<void> {
    const { id, rules, health, idle } = this.args;
    const order = { id, limit: rules.limit, health };
    const deadline = clock.now() + idle * 1000;
    for (;;) {
      const answer = await this.untilNoJob(order, deadline);
      if (answer.kind === "ordered") {
        if (!answer.guarded) this.tell(unguarded);
        return;
      }
      // The connection was lost. The order may have arrived.
      const now = await this.untilSeen(() => true);
      if (!now || now.rebooting?.id === id || now.boot !== before.boot) return;
      if (clock.now() > deadline)
        throw new PhaseError("reboot", "its connection is lost each time it is asked to reboot");
    }
  }

  /**
   * Asks for the restart again until no job prevents it.
   * @throws PhaseError when a job takes too long
   */
  private async untilNoJob(order: RebootOrder, deadline: number): Promise<RebootAnswer> {
    let working = "";
    const answer = await until(
      async () => {
        const answer = await this.pi.script.reboot(order);
        if (answer.kind !== "jobs") return answer;
        working = answer.runners.join(", ");
        return undefined;
      },
      {
        limitSeconds: (deadline - clock.now()) / 1000,
        everySeconds: 2,
        onFirstWait: () => this.tell(`waiting for the job of ${working} to end before the reboot`),
      },
    );
    if (answer) return answer;
    throw new PhaseError(
      "reboot",
      `${working} runs a job for longer than ${this.args.idle} s, so the Pi was not rebooted: the reboot stays pending, ` +
        "and the next `pulumi up` tries again (interruptJobs: true would not wait)",
    );
  }

  /** The status of the Pi once it is as wanted; `undefined` when that takes longer than a reboot may. */
  private async untilSeen(wanted: (now: PiStatus) => boolean): Promise<PiStatus | undefined> {
    const { limit } = this.args.rules;
    let now: PiStatus | undefined;
    return until(
      async () => {
        now = await this.status();
        return now && wanted(now) && now;
      },
      {
        limitSeconds: limit,
        everySeconds: 1,
        onWait: (waited) =>
          this.tell(`${now ? "not restarted yet" : "can't be reached yet"}, ${waited} of ${limit} s`),
        onWaitEverySeconds: 15,
      },
    );
  }

  private async status(): Promise<PiStatus | undefined> {
    const observed = await this.pi.observe();
    return observed.kind === "seen" ? observed.status : undefined;
  }

  /** Makes the Pi check its health and decide. Asks again after a lost connection, for as long as a reboot may take. */
  private async arrived(id: string): Promise<{ result: string; reason: string }> {
    const { limit } = this.args.rules;
    let lost: SshError | undefined;
    const answer = await until(
      async () => {
        try {
          return await this.pi.ask((script) => script.arrived(id, limit));
        } catch (error) {
          if (!(error instanceof SshError)) throw error;
          lost = error;
          // It may have restarted once more, and then it tells why.
          const rebooted = (await this.status())?.rebooted;
          return rebooted?.id === id ? rebooted : undefined;
        }
      },
      { limitSeconds: limit, everySeconds: 1 },
    );
    if (answer) return answer;
    throw new PhaseError("reboot", `it came back, and was lost again: ${lost?.message}`, { cause: lost });
  }

  /**
   * Waits on for a Pi that is not back in time. If it only lacks its network, it goes back by itself, which may take as
   * long again.
   */
  private async overdue(before: PiStatus): Promise<PiStatus> {
    const { rules, id } = this.args;
    if ((await this.status())?.boot === before.boot) {
      const { reason } = await this.arrived(id);
      throw new PhaseError("reboot", `${reason} within ${rules.limit} s; the reboot stays pending`);
    }
    this.tell(
      `not back in ${rules.limit} s. If it runs without network, it goes back by itself: waiting for that`,
    );
    const back = await this.untilSeen(({ boot }) => boot !== before.boot);
    if (back?.rebooted?.id === id) throw new PhaseError("reboot", wentBack(back.rebooted.reason, back));
    if (back) return this.settle(id);
    throw new PhaseError(
      "reboot",
      `it did not come back within ${rules.limit * 2} s of its reboot. When its kernel does not boot, nothing brings it back by ` +
        `itself: a ${boards[rules.board].title} can't count boots (${boards[rules.board].noBootCounting}). Somebody has to choose ` +
        "the older generation in its boot menu, with a keyboard and screen or a serial console, or put its card into a reader. " +
        `What it should have gone back to is ${before.booted}. The next run tells what it runs.`,
    );
  }

  private tell(line: string): void {
    progress(`${this.pi.name}: ${line}`);
  }
}

const unguarded =
  "its system has no pi-fleet-await.service (nix/modules/convergence.nix), so without network after the reboot it would stay as it is";

function wentBack(reason: string, now: PiStatus | undefined): string {
  const runs = now
    ? `It runs ${now.current}, and ${now.profile === now.current ? "boots it" : `would boot ${now.profile}`}.`
    : "It has not been seen since; the next run tells what it runs.";
  return `after the reboot: ${reason}. So it went back to what it booted before.\n${runs}`;
}
