import { existsSync } from "node:fs";
import type { HostConfig } from "../config/host.js";
import type { PiStatus } from "../on-pi/status.js";
import { type RebootPolicy } from "../config/reboot.js";
import { changedBootParts } from "../on-pi/boot-parts.js";
import type { PiClock } from "../on-pi/pi-clock.js";
import { opensAt } from "./reboot-window.js";

/** A reboot that a Pi waits for. */
export interface PendingReboot {
  /** What would be another after it: `kernel, initrd`. */
  readonly why: string;
  /** Whether an `up` does it now. */
  readonly allowed: boolean;
  /** The same for a person, who may have to do something. */
  readonly says: string;
}

/** What a Pi that runs and boots what it should still waits for, or `undefined`. */
export function pendingReboot(
  name: string,
  { goal, reboot }: { readonly goal: HostConfig["goal"] | "test"; readonly reboot: RebootPolicy },
  status: PiStatus,
): PendingReboot | undefined {
  const unbooted = goal === "boot" && status.current !== status.profile;
  return pendingFor(name, reboot, status.clock, [...(unbooted ? ["the system"] : []), ...status.reboot]);
}

/** The same when it is known what would be another. */
export function pendingFor(
  name: string,
  policy: RebootPolicy,
  clock: PiClock,
  words: readonly string[],
): PendingReboot | undefined {
  if (words.length === 0) return undefined;
  const why = words.join(", ");
  const { when, window } = policy;
  if (when === "needed") return { why, allowed: true, says: `reboot needed: ${why}` };
  const opens = when === "window" && window ? opensAt(window, clock) : undefined;
  if (when === "window" && !opens)
    return { why, allowed: true, says: `reboot needed: ${why}; its window is open` };
  const how = opens
    ? `its window opens ${opens}, and an \`up\` in it reboots`
    : `config says never; by hand: npm run pi -- reboot ${name}`;
  return { why, allowed: false, says: `reboot pending: ${why}; ${how}` };
}

/** One line of a plan about a Pi that gets another system; `undefined` when that is not known here. */
export async function foretellReboot(
  name: string,
  { goal, reboot }: Pick<HostConfig, "goal" | "reboot">,
  status: PiStatus,
  toplevel: string,
): Promise<string | undefined> {
  if (!existsSync(status.booted) || !existsSync(toplevel)) return undefined;
  const words = [
    ...(goal === "boot" ? ["the system"] : []),
    ...(await changedBootParts(status.booted, toplevel)),
  ];
  return pendingFor(name, reboot, status.clock, words)?.says ?? "no reboot needed";
}
