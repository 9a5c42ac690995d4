import { setTimeout as delay } from "node:timers/promises";
import { boards } from "../config/boards.js";
import type { HostConfig } from "../config/host.js";
import { KeyValues } from "../shared/key-values.js";
import { PhaseError } from "../protocol/phase-error.js";
import { observe } from "../on-pi/observe.js";
import { type PiStatus } from "../on-pi/status.js";
import { progress } from "../shared/progress.js";
import { type SshSession } from "../ssh/session.js";
import { type RemoteResult } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";
import { type RebootRules } from "../protocol/reboot-rules.js";

export interface RebootArgs {
  readonly id: string;
  readonly rules: RebootRules;
  readonly health: HostConfig["health"];
  /** Who asks. */
  readonly holder: string;
  /** For one connection, in seconds. */
  readonly connect: number;
  /** How long a runner's job may take to end, in seconds. */
  readonly idle: number;
  /** A verb of activate.sh over a fresh connection. */
  readonly call: (args: string[], timeoutSeconds: number, input?: string) => Promise<RemoteResult>;
}

/** One reboot of a Pi from this side: activate.sh's verbs reboot, arrived and await are the other. */
export class Reboot {
  constructor(
    private readonly session: SshSession,
    private readonly target: Target,
    private readonly args: RebootArgs,
  ) {}

  /**
   * Restarts the Pi, and waits until it is back and well.
   * @throws PhaseError that says what it runs now
   */
  async run(why: string, before: PiStatus): Promise<PiStatus> {
    const { rules, id } = this.args;
    await this.order(before);
    progress(`${this.target.name}: rebooting (${why}), waiting at most ${rules.limit} s for it`);
    const seen = await this.wait(rules.limit, ({ boot }) => boot !== before.boot);
    if (!seen) return this.overdue(before);
    if (![seen.rebooting?.id, seen.rebooted?.id].includes(id))
      throw new PhaseError("reboot", "it restarted before it was asked to; the next `pulumi up` looks again");
    return this.settle(id);
  }

  /** Looks at the health of a Pi that is back from a reboot, and has it kept or given up. */
  async settle(id: string): Promise<PiStatus> {
    const { name } = this.target;
    progress(`${name}: it is back; looking at its health over a fresh connection`);
    const { result, reason } = await this.arrived(id);
    if (result === "kept") {
      const after = await this.observe();
      if (after && after.current === after.profile) {
        progress(`${name}: rebooted, and confirmed`);
        return after;
      }
      throw new PhaseError("reboot", "it was confirmed after its reboot, and then it went away");
    }
    if (result !== "returned")
      throw new PhaseError("reboot", `after the reboot: ${reason}. It stays as it is.`);
    progress(`${name}: ${reason}; it goes back to what it booted before`);
    const back = await this.wait(
      this.args.rules.limit,
      (now) => now.rebooted?.id === id && now.booted === now.profile,
    );
    throw new PhaseError("reboot", wentBack(reason, back));
  }

  /** Asks the Pi to restart, once no job runs there. */
  private async order(before: PiStatus): Promise<void> {
    const { id, rules, health, holder, call, connect, idle } = this.args;
    const order = [
      `id=${id}`,
      `holder=${holder}`,
      `limit=${rules.limit}`,
      `units=${health.units.join(" ")}`,
      `check=${health.check ?? ""}`,
    ];
    const deadline = Date.now() + idle * 1000;
    for (let told = false; ;) {
      const result = await call(["reboot"], connect * 2, `${order.join("\n")}\n`).catch((error: unknown) => {
        if (error instanceof SshError) return undefined;
        throw error;
      });
      if (!result) {
        // The answer may have been lost, and not the order.
        const seen = await this.wait(rules.limit, () => true);
        if (!seen || seen.rebooting?.id === id || seen.boot !== before.boot) return;
        if (Date.now() > deadline)
          throw new PhaseError("reboot", "its connection is lost each time it is asked to reboot");
        continue;
      }
      const words = `${result.stdout}${result.stderr}`.trim();
      if (result.exitCode === 0) {
        if (words.includes("unguarded")) progress(`${this.target.name}: ${unguarded}`);
        return;
      }
      if (result.exitCode === 75)
        throw new PhaseError("reboot", `another activation or reboot is under way: ${words}`);
      if (result.exitCode !== 76) throw new PhaseError("reboot", `activate.sh reboot: ${words}`);
      const working = [...words.matchAll(/^github-runner-(\S+)\.service/gm)]
        .map(([, runner]) => runner)
        .join(", ");
      if (Date.now() > deadline)
        throw new PhaseError(
          "reboot",
          `${working} runs a job for longer than ${idle} s, so the Pi was not rebooted: the reboot stays pending, ` +
            "and the next `pulumi up` tries again (interruptJobs: true would not wait)",
        );
      if (!told) progress(`${this.target.name}: waiting for the job of ${working} to end before the reboot`);
      told = true;
      await delay(2000);
    }
  }

  /** The Pi once it answers and is as wanted, or `undefined` when that takes longer. */
  private async wait(
    limitSeconds: number,
    wanted: (now: PiStatus) => boolean,
  ): Promise<PiStatus | undefined> {
    const started = Date.now();
    let told = started;
    while (Date.now() - started < limitSeconds * 1000) {
      const seen = await this.observe();
      if (seen && wanted(seen)) return seen;
      if (Date.now() - told > 15_000) {
        told = Date.now();
        const stands = seen ? "not restarted yet" : "can't be reached yet";
        progress(
          `${this.target.name}: ${stands}, ${Math.round((told - started) / 1000)} of ${limitSeconds} s`,
        );
      }
      await delay(1000);
    }
    return undefined;
  }

  private async observe(): Promise<PiStatus | undefined> {
    const seen = await observe(this.session, this.target, this.args.connect);
    return seen.kind === "seen" ? seen.status : undefined;
  }

  /** The Pi looks at itself and decides; a lost connection is asked again, for as long as it may wait. */
  private async arrived(id: string): Promise<{ result: string; reason: string }> {
    const { rules, call } = this.args;
    const deadline = Date.now() + rules.limit * 1000;
    for (;;) {
      try {
        const { stdout, stderr } = await call(["arrived", id], rules.limit + 30);
        const said = new KeyValues(stdout);
        if (said.one("id") === id) return { result: said.one("result"), reason: said.one("reason") };
        throw new PhaseError(
          "reboot",
          `it is back from its reboot, and activate.sh arrived: ${stderr.trim()}`,
        );
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        // It may have restarted once more, and tell why.
        const seen = await this.observe();
        if (seen?.rebooted?.id === id) return seen.rebooted;
        if (Date.now() > deadline)
          throw new PhaseError("reboot", `it came back, and was lost again: ${error.message}`);
        await delay(1000);
      }
    }
  }

  /** Not back in time: what only has no network goes back by itself, which is waited for as long again. */
  private async overdue(before: PiStatus): Promise<PiStatus> {
    const { rules, id } = this.args;
    const { name } = this.target;
    if ((await this.observe())?.boot === before.boot) {
      const { reason } = await this.arrived(id);
      throw new PhaseError("reboot", `${reason} within ${rules.limit} s; the reboot stays pending`);
    }
    progress(
      `${name}: not back in ${rules.limit} s. If it runs without network, it goes back by itself: waiting for that`,
    );
    const seen = await this.wait(rules.limit, ({ boot }) => boot !== before.boot);
    if (seen?.rebooted?.id === id) throw new PhaseError("reboot", wentBack(seen.rebooted.reason, seen));
    if (seen) return this.settle(id);
    throw new PhaseError(
      "reboot",
      `it did not come back within ${rules.limit * 2} s of its reboot. When its kernel does not boot, nothing brings it back by ` +
        `itself: a ${boards[rules.board].title} can't count boots (${boards[rules.board].noBootCounting}). Somebody has to choose ` +
        "the older generation in its boot menu, with a keyboard and screen or a serial console, or put its card into a reader. " +
        `What it should have gone back to is ${before.booted}. The next run tells what it runs.`,
    );
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
