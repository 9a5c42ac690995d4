import type { HostConfig } from "../config/host.js";
import type { Evaluation } from "../evaluation/evaluate-fleet.js";
import type { Outcome } from "../protocol/outcome.js";
import type { Observation } from "../on-pi/observe.js";
import type { PiStatus } from "../on-pi/status.js";
import { pendingReboot } from "../activation/pending-reboot.js";
import { secretChanges } from "../secrets/secret-changes.js";

/** Stands for a store path in the plan of a Pi whose evaluation fails. */
export const noToplevel = "(its evaluation fails)";

/** What a preview knows of one Pi, and what it hands to the activation Command. */
export interface PiConvergence {
  /** The activation's `TOPLEVEL`: the wanted store path, or why there is none. */
  readonly toplevel: string;
  /**
   * The activation's `CONVERGENCE`. A Pi that is where the last `up` left it gets back the id that it reports, and one
   * that is off the id of the last run, so nothing differs. Any other gets a text that no state can hold already, with
   * both paths in it: an update.
   */
  readonly id: string;
  /** True when the Pi itself shows that it is where it should be: whatever an earlier run could not find out. */
  readonly confirmed: boolean;
  /** A warning for a person, when there is one. */
  readonly remark: string | undefined;
  /** A line for a person that is no warning. */
  readonly note?: string | undefined;
}

/**
 * Compares what is wanted with what was seen, and with how the last run left the Pi. `now` is a time stamp, which makes
 * what is still to be done an update, whatever the state holds. `secrets` has the marks of those that the Pi should have.
 */
export function piConvergence(
  name: string,
  host: Pick<HostConfig, "goal" | "reboot">,
  plan: Evaluation,
  seen: Observation,
  last: Outcome | undefined,
  now: string,
  secrets: Readonly<Record<string, string>> = {},
): PiConvergence {
  if (plan.kind === "failed") {
    const remark = `${name}: its evaluation fails:\n${plan.message}`;
    return { toplevel: noToplevel, id: `the evaluation failed, ${now}`, confirmed: false, remark };
  }
  const toplevel = plan.outPath;
  if (seen.kind === "off") {
    const id =
      last?.status === "failed"
        ? `${toplevel} after a failure, ${now}`
        : (last?.convergence ?? "not seen yet");
    return {
      toplevel,
      id,
      confirmed: false,
      remark: last?.status === "awaiting flash" ? undefined : seen.message,
    };
  }
  if (seen.kind === "unreadable") {
    return {
      toplevel,
      id: `${toplevel} where nothing could be read, ${now}`,
      confirmed: false,
      remark: seen.message,
    };
  }
  const { current, profile, machine, record } = seen.status;
  const drift = driftFrom(host.goal, seen.status);
  const changes = secretChanges(secrets, seen.status.secrets);
  const there = host.goal === "boot" ? profile === toplevel : current === toplevel;
  const reboot = there ? awaitedReboot(name, host, seen.status) : undefined;
  const note = reboot && `${name}: ${reboot.says}`;
  if (record && !drift && there && !reboot?.allowed && changes.length === 0)
    return { toplevel, id: record.id, confirmed: true, remark: undefined, note };
  const boots = profile === current ? "" : ` (next boot: ${profile || "nothing"})`;
  const observed = `${current || "no system"}${boots} on machine ${machine.slice(0, 8) || "without an id"}`;
  return {
    toplevel,
    id: `${toplevel} for ${observed}${reboot?.allowed ? `, ${reboot.says}` : ""}, seen ${now}`,
    confirmed: false,
    remark: drift && `${name} drifted: ${drift}`,
    note,
  };
}

/** A reboot that is still to be done, or to be confirmed. */
function awaitedReboot(name: string, host: Pick<HostConfig, "goal" | "reboot">, status: PiStatus) {
  const { rebooting, boot } = status;
  if (rebooting && rebooting.boot !== boot) {
    const says = `its reboot of ${rebooting.since} is not confirmed yet, without which it goes back to what it booted before`;
    return { allowed: true, says };
  }
  return pendingReboot(name, host, status);
}

/** How a Pi differs from what the last confirmed activation left there, or `undefined`. */
function driftFrom(goal: HostConfig["goal"], status: PiStatus): string | undefined {
  const { rebooted } = status;
  const drift = systemDrift(goal, status);
  const why =
    rebooted?.result === "returned"
      ? `. It went back after its reboot, ${rebooted.at}: ${rebooted.reason}`
      : "";
  return drift && `${drift}${why}`;
}

function systemDrift(
  goal: HostConfig["goal"],
  { current, profile, machine, record }: PiStatus,
): string | undefined {
  if (!record) return undefined;
  if (record.machine !== machine) return "its card was flashed anew or cloned (another machine-id)";
  if (goal === "boot") {
    if (record.system === profile) return undefined;
    return `it would boot ${profile} next, and the last \`up\` left ${record.system}`;
  }
  if (record.system !== current) return `it runs ${current}, and the last \`up\` left ${record.system}`;
  if (profile !== current) return `it runs ${current}, and would boot ${profile} next`;
  return undefined;
}
