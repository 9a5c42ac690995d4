import { unsettled } from "./unsettled.js";
import type { HostConfig } from "../config/host.js";
import type { PiStatus } from "../on-pi/status.js";

/** How a Pi differs from what the last confirmed activation left there, in words, or `undefined`. */
export function driftOf(goal: HostConfig["goal"], status: PiStatus): string | undefined {
  const drift = [systemDrift(goal, status), unsettled(status)].filter(Boolean).join("; ");
  if (!drift) return undefined;
  const { rebooted } = status;
  if (rebooted?.result !== "returned") return drift;
  return `${drift}. It went back after its reboot, ${rebooted.at}: ${rebooted.reason}`;
}

function systemDrift(
  goal: HostConfig["goal"],
  { current, profile, machine, record }: PiStatus,
): string | undefined {
  if (!record) return undefined;
  if (record.machine !== machine)
    return (
      "its machine-id is not the one of the last `up`: its card was cloned or restored, or its root is not kept over " +
      "restarts, and then /etc/machine-id has to be (machine-id(5))"
    );
  if (goal === "boot") {
    if (record.system === profile) return undefined;
    return `it would boot ${profile} next, and the last \`up\` left ${record.system}`;
  }
  if (record.system !== current) return `it runs ${current}, and the last \`up\` left ${record.system}`;
  if (profile !== current) return `it runs ${current}, and would boot ${profile} next`;
  return undefined;
}
