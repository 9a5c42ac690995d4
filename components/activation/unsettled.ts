import type { PiStatus } from "../on-pi/status.js";

/**
 * What speaks against believing that a Pi is where its links say, in words; else `undefined`. Only a whole activation
 * settles it.
 */
export function unsettled({
  unfinished,
  foreignEtc,
  rebooted,
  record,
}: Pick<PiStatus, "unfinished" | "foreignEtc" | "rebooted" | "record">): string | undefined {
  if (unfinished) {
    const { holder, since, troubles } = unfinished;
    return troubles
      ? `its way back from the activation of ${since} by ${holder} did not succeed: ${troubles}. A restart boots what it would boot next`
      : `the activation of ${since} by ${holder} was killed before its end, and nothing took it back`;
  }
  if (foreignEtc) return `its /etc is that of ${foreignEtc}, and not of the system that it runs`;
  if (rebooted?.result === "stayed" && rebooted.id === record?.id)
    return `its reboot was not confirmed, ${rebooted.at}: ${rebooted.reason}`;
  return undefined;
}
