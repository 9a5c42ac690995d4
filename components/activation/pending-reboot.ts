import { existsSync } from "node:fs";
import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { HostConfig } from "../config/host.js";
import type { PiStatus } from "../on-pi/status.js";
import { type RebootPolicy } from "../config/reboot.js";
import { opensAt } from "./reboot-window.js";
import { type PiClock } from "./reboot-window.js";

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

/** As status.sh: the parts of a system that only a boot takes. */
const parts = ["kernel", "initrd", "kernel-modules", "dtbs", "firmware"];

/** What would be another after a restart into `next`, as this machine's store knows it; `undefined` without one of both. */
export async function rebootWordsHere(booted: string, next: string): Promise<string[] | undefined> {
  if (!existsSync(booted) || !existsSync(next)) return undefined;
  const words: string[] = [];
  for (const part of parts) {
    const link = (system: string) => readlink(join(system, part)).catch(() => "");
    if ((await link(booted)) !== (await link(next))) words.push(part);
  }
  const params = (system: string) => readFile(join(system, "kernel-params"), "utf8").catch(() => "");
  if ((await params(booted)).trim() !== (await params(next)).trim()) words.push("kernel-params");
  return words;
}

/** One line of a plan about a Pi that gets another system; `undefined` when that is not known here. */
export async function foretellReboot(
  name: string,
  { goal, reboot }: Pick<HostConfig, "goal" | "reboot">,
  status: PiStatus,
  toplevel: string,
): Promise<string | undefined> {
  const known = await rebootWordsHere(status.booted, toplevel);
  if (!known) return undefined;
  const words = [...(goal === "boot" ? ["the system"] : []), ...known];
  return pendingFor(name, reboot, status.clock, words)?.says ?? "no reboot needed";
}
