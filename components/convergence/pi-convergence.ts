import { pendingReboot } from "../activation/pending-reboot.js";
import type { HostConfig } from "../config/host.js";
import type { Evaluation } from "../evaluation/toplevel.js";
import type { FormerLogin, Observation } from "../on-pi/observe.js";
import type { PiStatus } from "../on-pi/status.js";
import type { Outcome } from "../protocol/outcome.js";
import { secretChanges } from "../secrets/secret-changes.js";
import { loginText } from "../ssh/logins.js";
import { driftOf } from "../activation/drift.js";

/** What this run knows of one Pi, and what it hands to the Pi's Commands. */
export interface PiConvergence {
  /** The wanted toplevel; `undefined` while its evaluation fails. */
  readonly toplevel: string | undefined;
  /**
   * The Commands' input `CONVERGENCE`. The engine runs a Command when an input differs from the state, so this text
   * decides whether there is work.
   * - A Pi that is where the last `up` left it gets the id that it reports itself: no difference.
   * - A Pi that is off gets the id of the last run: no difference.
   * - Any other Pi gets a text with the time in it. No state can hold that text, so its Commands run.
   *
   * The activation leaves its id on the Pi, where the next run reads it.
   */
  readonly id: string;
  /** Whether the Pi itself shows that it is where it should be, even if an earlier run could not find that out. */
  readonly confirmed: boolean;
  /** A warning for a person, when there is one. */
  readonly remark: string | undefined;
  /**
   * Why the Pi can't be brought to anything, when that is so: its evaluation fails, or it can't be read. An `up` tries, and
   * fails. So a preview shows it as an error.
   */
  readonly fault?: string;
  /** Information for a person that is not a warning. */
  readonly note?: string | undefined;
}

/** What is compared with what the Pi shows. */
export interface WantedPi {
  readonly name: string;
  readonly host: Pick<HostConfig, "goal" | "reboot">;
  readonly evaluation: Evaluation;
  /** The marks of the secrets that the Pi should have, by file. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * Compares what is wanted of a Pi with what was seen of it, and with how the last run left it. It changes nothing.
 * @param now a time stamp. It makes the id of pending work differ from whatever the state holds
 */
export function piConvergence(
  { name, host, evaluation, secrets = {} }: WantedPi,
  seen: Observation,
  last: Outcome | undefined,
  now: string,
): PiConvergence {
  if (evaluation.kind === "failed") {
    const fault = `${name}: its evaluation fails:\n${evaluation.message}`;
    return {
      toplevel: undefined,
      id: `the evaluation failed, ${now}`,
      confirmed: false,
      remark: undefined,
      fault,
    };
  }
  const toplevel = evaluation.outPath;
  switch (seen.kind) {
    case "off":
      return {
        toplevel,
        id: idWhileOff(toplevel, last, now),
        confirmed: false,
        remark: offRemark(seen, last),
      };
    case "unreadable": {
      const id = `${toplevel} where nothing could be read, ${now}`;
      return { toplevel, id, confirmed: false, remark: undefined, fault: unreadable(name, seen.message) };
    }
    case "seen":
      return compared({ name, host, toplevel, secrets }, seen, last, now);
  }
}

/** A failure is tried again; any other Pi that is off keeps its id. */
function idWhileOff(toplevel: string, last: Outcome | undefined, now: string): string {
  if (last?.status === "failed") return `${toplevel} after a failure, ${now}`;
  return last?.convergence ?? "not seen yet";
}

function unreadable(name: string, message: string): string {
  return `${name} can't be read, which does not mean that it is off: ${message}`;
}

/** A Pi that waits for its card is expected to be off. */
function offRemark(seen: { readonly message: string }, last: Outcome | undefined): string | undefined {
  return last?.status === "awaiting flash" ? undefined : seen.message;
}

function compared(
  { name, host, toplevel, secrets }: Required<Omit<WantedPi, "evaluation">> & { readonly toplevel: string },
  { status, former }: Extract<Observation, { kind: "seen" }>,
  last: Outcome | undefined,
  now: string,
): PiConvergence {
  const { current, profile, machine, record } = status;
  const drift = driftOf(host.goal, status);
  const hasSystem = (host.goal === "boot" ? profile : current) === toplevel;
  const reboot = hasSystem ? awaitedReboot(name, host, status) : undefined;
  const note = reboot && `${name}: ${reboot.says}`;
  // A system that is not booted yet may bring the wanted login.
  const login = hasSystem && current === profile ? former : undefined;
  const hasSecrets = secretChanges(secrets, status.secrets).length === 0;
  if (record && !drift && hasSystem && hasSecrets && !reboot?.allowed && !login)
    return { toplevel, id: record.id, confirmed: true, remark: failedUnits(name, status), note };
  const boots = profile === current ? "" : ` (next boot: ${profile || "nothing"})`;
  const observed = `${current || "no system"}${boots} on machine ${machine.slice(0, 8) || "without an id"}`;
  return {
    toplevel,
    id: `${toplevel} for ${observed}${reboot?.allowed ? `, ${reboot.says}` : ""}, seen ${now}`,
    confirmed: false,
    remark: drift
      ? `${name} drifted: ${drift}`
      : login
        ? loginRemark(name, login)
        : lostRecord(name, status, last),
    note,
  };
}

function loginRemark(name: string, { login, message }: FormerLogin): string {
  return `${name} answers by its login of before alone, ${loginText(login)}. By that of config: ${message}`;
}

/** A settled Pi may have units that failed after its activation. A failed runner is told as such. */
function failedUnits(name: string, { failedUnits }: PiStatus): string | undefined {
  const failed = failedUnits.filter((unit) => !unit.startsWith("github-runner-"));
  if (failed.length === 0) return undefined;
  return `${name}: failed since its activation: ${failed.join(", ")}. Why: ssh ${name} systemctl status ${failed[0]}`;
}

/** A Pi that an earlier run converged and that knows nothing of it. */
function lostRecord(name: string, { record }: PiStatus, last: Outcome | undefined): string | undefined {
  if (record || (last?.status !== "converged" && last?.status !== "already there")) return undefined;
  return (
    `${name} has no record of the last \`up\`: its card was flashed anew, or its /var/lib is not kept over restarts, and ` +
    "then /var/lib/pi-fleet has to be"
  );
}

/** A reboot that is still to be done, or to be confirmed. */
function awaitedReboot(name: string, host: WantedPi["host"], status: PiStatus) {
  const { rebooting, boot } = status;
  if (rebooting && rebooting.boot !== boot) {
    const says = `its reboot of ${rebooting.since} is not confirmed yet, without which it goes back to what it booted before`;
    return { allowed: true, says };
  }
  return pendingReboot(name, host, status);
}
