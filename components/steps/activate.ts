import { setTimeout as delay } from "node:timers/promises";
import { hostname, userInfo } from "node:os";
import { copyClosure, fullDisk } from "../copy.js";
import { mayAwaitFlash, PhaseError, stepInputs, stepTarget, variable, type Outcome } from "../outcome.js";
import { onPiScript } from "../package-root.js";
import { observe, type PiStatus } from "../probe.js";
import { progress } from "../progress.js";
import { asRoot, connect, remote, SshError, SshSession, type Target } from "../ssh.js";
import type { Timeouts } from "../config.js";
import type { StepSecrets } from "./main.js";

type Result = Omit<Outcome, "pi" | "seconds">;

/**
 * Brings the Pi to TOPLEVEL: copy, `switch-to-configuration test`, confirm over a fresh connection, and then its
 * profile and boot default. See on-pi/activate.sh. Flag `may-await-flash`: a Pi that was never there may be absent.
 */
export async function activateStep(secrets: StepSecrets, flags: string[]): Promise<Result> {
  const { pi, buildHost, timeouts } = stepInputs();
  const target = stepTarget();
  const toplevel = variable("TOPLEVEL");
  const id = variable("CONVERGENCE");
  const fault = variable("FAULT");
  if (fault)
    return {
      status: "failed",
      phase: toplevel.startsWith("/nix/store/") ? "build" : "evaluation",
      message: fault,
    };

  const session = await SshSession.open(secrets.deployKey, timeouts.connect);
  try {
    progress(`${pi}: connecting`);
    const connection = await connect(session, target).catch((error: unknown) => {
      if (error instanceof SshError && error.reason === "unreachable" && mayAwaitFlash(pi, flags))
        return undefined;
      throw asPhase(error, "connect");
    });
    if (!connection) return { status: "awaiting flash" };
    try {
      return await new Activation(session, target, toplevel, id, timeouts).run(() =>
        copyClosure(session, target, toplevel, buildHost, timeouts.copy),
      );
    } finally {
      await connection.close();
    }
  } finally {
    await session.close();
  }
}

/** Removes our record from a Pi that leaves the stack. Its system stays; a Pi that is off is left as it is, said plainly. */
export async function forgetStep(secrets: StepSecrets): Promise<Result> {
  const { pi, timeouts } = stepInputs();
  const target = stepTarget();
  const session = await SshSession.open(secrets.deployKey, timeouts.connect);
  try {
    await session.trust(target);
    await remote(session, target, asRoot(target, ["sh", "-s", "--", "forget"]), {
      input: onPiScript("activate.sh"),
      timeoutSeconds: timeouts.connect * 2,
    });
    progress(`${pi}: forgotten; it goes on running its system, and your own keys still log in`);
    return { status: "already there" };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    progress(`${pi}: left as it is, with our record in /var/lib/pi-fleet: ${error.message}`);
    return { status: "already there", message: error.message };
  } finally {
    await session.close();
  }
}

class Activation {
  constructor(
    private readonly session: SshSession,
    private readonly target: Target,
    private readonly toplevel: string,
    private readonly id: string,
    private readonly timeouts: Timeouts,
  ) {}

  async run(copy: () => Promise<void>): Promise<Result> {
    const { name } = this.target;
    const before = await this.status();
    await this.install();
    if (before.current === this.toplevel && before.profile === this.toplevel) {
      await this.onPi(["record", this.toplevel, this.id], "activate");
      progress(`${name}: already runs it`);
      return { status: "already there", old: before.current, new: before.current, runners: before.runners };
    }
    await this.onPi(["hold", this.toplevel], "copy");
    progress(`${name}: copying the closure`);
    await copy();
    progress(`${name}: activating`);
    await this.start();
    await this.untilItAsks();
    progress(`${name}: confirming over a fresh connection`);
    await this.confirm();
    const after = await this.untilDone();
    progress(`${name}: runs it, and boots it`);
    return { status: "converged", old: before.current, new: after.current, runners: after.runners };
  }

  private async status(): Promise<PiStatus> {
    const seen = await observe(this.session, this.target, this.timeouts.connect, true);
    if (seen.kind !== "seen") throw new PhaseError("connect", seen.message);
    return seen.status;
  }

  /** Puts this version's activate.sh on the Pi: it must be a file there, to outlive the connection. */
  private async install(): Promise<void> {
    const place = 'mkdir -p /run/pi-fleet && cat >"$1.$$" && mv "$1.$$" "$1"';
    const result = await remote(
      this.session,
      this.target,
      asRoot(this.target, ["sh", "-c", place, "sh", script]),
      {
        input: onPiScript("activate.sh"),
        timeoutSeconds: this.timeouts.connect,
        shared: true,
      },
    ).catch((error: unknown) => {
      throw asPhase(error, "connect");
    });
    if (result.exitCode === 0) return;
    const sudo = /sudo:|a password is required|not found/.test(result.stderr);
    throw new PhaseError(
      "connect",
      sudo
        ? `${this.target.user ?? "the user"} can't become root on ${this.target.name} without a password (${result.stderr.trim()}). ` +
            `Give the user passwordless sudo (security.sudo.wheelNeedsPassword = false), or deploy as root.`
        : `activate.sh could not be put on ${this.target.name}: ${result.stderr.trim()}`,
    );
  }

  private async start(): Promise<void> {
    const holder = `${userInfo().username}@${hostname()}`;
    const limits = [this.timeouts.activate, this.timeouts.confirm].map(String);
    const result = await this.call(
      ["start", this.toplevel, this.id, holder, ...limits],
      this.timeouts.connect,
      true,
    );
    if (result.exitCode === 75) {
      throw new PhaseError(
        "activate",
        `another activation is under way on ${this.target.name}: ${result.stdout.trim()}`,
      );
    }
    if (result.exitCode !== 0)
      throw new PhaseError("activate", `the activation did not start: ${result.stderr.trim()}`);
  }

  /** Until the new system waits for its confirmation. The connection may die on the way: a new one is made. */
  private async untilItAsks(): Promise<void> {
    const report = await this.follow(this.timeouts.activate + 30);
    if (report.phase !== "awaiting-confirmation") throw this.notKept(report);
  }

  /** The answer goes over a connection of its own: proof that this machine can still log in and become root. */
  private async confirm(): Promise<void> {
    const deadline = Date.now() + this.timeouts.confirm * 1000;
    let last = "";
    while (Date.now() < deadline) {
      try {
        const result = await this.call(["confirm", this.id], this.timeouts.connect, false);
        if (result.exitCode === 0) return;
        last = result.stderr.trim();
        break;
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        last = error.message;
        await delay(1000);
      }
    }
    const report = await this.follow(this.timeouts.activate + this.timeouts.confirm).catch(() => undefined);
    const back =
      report?.result === "returned"
        ? ` It is back on its old system (${report.reason}).`
        : " It returns to its old system by itself.";
    throw new PhaseError(
      "confirm",
      `${this.target.name} could not be reached again after the switch: ${last}.${back}`,
    );
  }

  private async untilDone(): Promise<PiStatus> {
    const report = await this.follow(this.timeouts.activate);
    if (report.result !== "committed") throw this.notKept(report);
    const seen = await observe(this.session, this.target, this.timeouts.connect);
    if (seen.kind !== "seen")
      throw new PhaseError("confirm", `it committed the new system, and then: ${seen.message}`);
    if (seen.status.current !== this.toplevel) {
      throw new PhaseError(
        "confirm",
        `it says it committed, and runs ${seen.status.current}: somebody else switched it`,
      );
    }
    return seen.status;
  }

  private notKept(report: Report): PhaseError {
    const log = report.log.length > 0 ? `\n${report.log.join("\n")}` : "";
    if (report.result === "returned") {
      return new PhaseError("activate", `${report.reason}. The old system is back.${log}`);
    }
    return new PhaseError(
      "activate",
      `the activation ended without a result (it is at "${report.phase}"): the Pi was restarted or somebody stopped it. ` +
        `It boots its old system.${log}`,
    );
  }

  /** Asks where the activation stands, again after a lost connection, until it needs an answer, is done, or time is up. */
  private async follow(limitSeconds: number): Promise<Report> {
    const deadline = Date.now() + limitSeconds * 1000;
    let shared = true;
    for (;;) {
      const left = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
      try {
        const result = await this.call(["follow", String(left)], left + 10, shared);
        const report = parseReport(result.stdout);
        if (report.activation === this.id) return report;
        throw new PhaseError(
          "activate",
          `${this.target.name} was restarted or another activation took its place`,
        );
      } catch (error) {
        if (!(error instanceof SshError) || Date.now() > deadline) throw asPhase(error, "activate");
        progress(`${this.target.name}: the connection was lost; trying again`);
        shared = false;
        await delay(1000);
      }
    }
  }

  private async onPi(args: string[], phase: "copy" | "activate"): Promise<void> {
    const result = await this.call(args, this.timeouts.connect, true).catch((error: unknown) => {
      throw asPhase(error, phase);
    });
    if (result.exitCode !== 0) {
      throw new PhaseError(
        phase,
        `${fullDisk(this.target, result.stderr)}activate.sh ${args[0]}: ${result.stderr.trim()}`,
      );
    }
  }

  private call(args: string[], timeoutSeconds: number, shared: boolean) {
    return remote(this.session, this.target, asRoot(this.target, ["sh", script, ...args]), {
      timeoutSeconds,
      shared,
    });
  }
}

const script = "/run/pi-fleet/activate.sh";

function asPhase(error: unknown, phase: "connect" | "copy" | "activate"): unknown {
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
  const lines = text.split("\n");
  const one = (key: string) => lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";
  return {
    phase: one("phase"),
    activation: one("activation"),
    result: one("result"),
    reason: one("reason"),
    log: lines.filter((line) => line.startsWith("log=")).map((line) => line.slice(4)),
  };
}
