import { existsSync } from "node:fs";
import type { HostConfig } from "../config/host.js";
import type { PiStatus } from "../on-pi/status.js";
import { type RebootPolicy } from "../config/reboot.js";
import { changedBootParts } from "../on-pi/boot-parts.js";
import { trustedClock, type PiClock } from "../on-pi/pi-clock.js";
import { clock } from "../shared/until.js";
import { opensAt } from "./reboot-window.js";

/** A reboot that a Pi waits for. */
export interface PendingReboot {
  /** What the reboot would change: `kernel, initrd`. */
  readonly why: string;
  /** Whether an `up` reboots the Pi now. */
  readonly allowed: boolean;
  /** A line for a person, who may have to do something. */
  readonly says: string;
}

/** The reboot that a Pi needs after it got its system; `undefined` when it needs none. */
export function pendingReboot(
  name: string,
  { goal, reboot }: { readonly goal: HostConfig["goal"] | "test"; readonly reboot: RebootPolicy },
  status: PiStatus,
): PendingReboot | undefined {
  const unbooted = goal === "boot" && status.current !== status.profile;
  return pendingFor(name, reboot, status.clock, [...(unbooted ? ["the system"] : []), ...status.reboot]);
}

/** The same when the caller knows what the reboot would change: `words`, such as `kernel`. */
export function pendingFor(
  name: string,
  policy: RebootPolicy,
  piClock: PiClock,
  words: readonly string[],
): PendingReboot | undefined {
  if (words.length === 0) return undefined;
  const why = words.join(", ");
  const { when, window } = policy;
  if (when === "needed") return { why, allowed: true, says: `reboot needed: ${why}` };
  const trusted = trustedClock(piClock, Math.floor(clock.now() / 1000));
  const wrong = trusted.wrong ? ` (${trusted.wrong})` : "";
  const opens = when === "window" && window ? opensAt(window, trusted.clock) : undefined;
  if (when === "window" && !opens)
    return { why, allowed: true, says: `reboot needed: ${why}; its window is open${wrong}` };
  const how = opens
    ? `its window opens ${opens}, and an \`up\` in it reboots${wrong}`
    : `config says never; by hand: npm run pi -- reboot ${name}`;
  return { why, allowed: false, says: `reboot pending: ${why}; ${how}` };
}

/**
 * A plan's line about the reboot of a Pi that gets another system. `undefined` unless this machine's store has both systems.
 */
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
