import { onPiScript } from "./package-root.js";
import type { PiClock } from "./reboot-policy.js";
import { remote, SshError, type SshSession, type Target } from "./ssh.js";

/** What a Pi says of itself: status.sh's lines, typed. Store paths are absolute; absent links are the empty string. */
export interface PiStatus {
  readonly current: string;
  readonly booted: string;
  readonly profile: string;
  readonly machine: string;
  readonly boot: string;
  readonly architecture: string;
  readonly clock: PiClock;
  /** The parts of the system that would boot next which are not those that booted: `kernel`, `initrd` and so on. */
  readonly reboot: readonly string[];
  /** A reboot under way or not confirmed yet; `boot` is the boot that it ends. */
  readonly rebooting:
    | { readonly id: string; readonly holder: string; readonly since: string; readonly boot: string }
    | undefined;
  /** How the last reboot ended, when nothing was deployed since: kept, returned or stayed. */
  readonly rebooted:
    | { readonly id: string; readonly result: string; readonly reason: string; readonly at: string }
    | undefined;
  /** What the last confirmed activation left. */
  readonly record: { readonly id: string; readonly system: string; readonly machine: string } | undefined;
  /** The marks of the secrets that were delivered, by file; `altered` when one is not as it was left. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The runners that were registered there and still have their token, by name. */
  readonly registered: Readonly<Record<string, Registered>>;
  /** Just-in-time runners that have done their one job. */
  readonly spentRunners: readonly string[];
  /** The version of GitHub's program that each runner is, by name. */
  readonly runnerVersions: Readonly<Record<string, string>>;
  /** Whether the deploy user can do nothing there as root but activate signed systems. */
  readonly restricted: boolean;
  /** An activation under way, and whose. */
  readonly activation: { readonly holder: string; readonly since: string } | undefined;
  /** `github-runner-NAME active running`, one each. */
  readonly runners: readonly string[];
}

/** `version.NAME=…` */
function runnerVersion(key: string, value: string): [string, string][] {
  const name = /^version\.(.+)$/.exec(key)?.[1];
  return name ? [[name, value]] : [];
}

/** What the delivery that registered a runner has noted on its Pi. */
export interface Registered {
  readonly registration: string;
  /** Its id on GitHub. */
  readonly id: number;
  readonly delivery: string;
}

/** How a probe ended. */
export type Observation =
  | { readonly kind: "seen"; readonly status: PiStatus }
  | { readonly kind: "off"; readonly message: string }
  | { readonly kind: "unreadable"; readonly message: string };

/** Reads status.sh's output. */
export function parseStatus(text: string): PiStatus {
  const lines = text.split("\n").flatMap((line) => {
    const equals = line.indexOf("=");
    return equals > 0 ? [[line.slice(0, equals), line.slice(equals + 1)] as const] : [];
  });
  const one = (key: string) => lines.find(([name]) => name === key)?.[1] ?? "";
  const has = (key: string) => lines.some(([name]) => name === key);
  return {
    current: one("current"),
    booted: one("booted"),
    profile: one("profile"),
    machine: one("machine"),
    boot: one("boot"),
    architecture: one("architecture"),
    clock: clock(one("clock")),
    reboot: one("reboot").split(" ").filter(Boolean),
    rebooting: has("rebooting.id")
      ? {
          id: one("rebooting.id"),
          holder: one("rebooting.holder"),
          since: one("rebooting.since"),
          boot: one("rebooting.boot"),
        }
      : undefined,
    rebooted: has("rebooted.id")
      ? {
          id: one("rebooted.id"),
          result: one("rebooted.result"),
          reason: one("rebooted.reason"),
          at: one("rebooted.at"),
        }
      : undefined,
    record: has("record.id")
      ? { id: one("record.id"), system: one("record.system"), machine: one("record.machine") }
      : undefined,
    secrets: Object.fromEntries(
      lines.flatMap(([key, value]) => (key.startsWith("secret.") ? [[key.slice(7), value]] : [])),
    ),
    registered: Object.fromEntries(lines.flatMap(([key, value]) => registeredRunner(key, value))),
    spentRunners: lines.flatMap(([key]) => /^spent\.(.+)$/.exec(key)?.[1] ?? []),
    runnerVersions: Object.fromEntries(lines.flatMap(([key, value]) => runnerVersion(key, value))),
    restricted: has("restricted"),
    activation: has("activation.since")
      ? { holder: one("activation.holder"), since: one("activation.since") }
      : undefined,
    runners: lines.filter(([name]) => name === "runner").map(([, value]) => value),
  };
}

/** `EPOCH DAY HH:MM`, the day as date(1) counts, from 1 for Monday. */
function clock(text: string): PiClock {
  const [, epoch = 0, day = 1, hour = 0, minute = 0] =
    /^(\d+) (\d) (\d+):(\d+)$/.exec(text)?.map(Number) ?? [];
  return { epoch, day: day - 1, minute: hour * 60 + minute };
}

/** `registered.NAME=REGISTRATION ID DELIVERY` */
function registeredRunner(key: string, value: string): [string, Registered][] {
  const name = /^registered\.(.+)$/.exec(key)?.[1];
  const [, registration = "", id = "", delivery = ""] = /^(\S+) (\d+) (.*)$/.exec(value) ?? [];
  return name && registration ? [[name, { registration, id: Number(id), delivery }]] : [];
}

/** Asks a Pi for its status over one connection; `next` is a system that is to be booted next. Never throws for what a Pi or the way to it does. */
export async function observe(
  session: SshSession,
  target: Target,
  timeoutSeconds: number,
  { shared = false, next }: { shared?: boolean; next?: string } = {},
): Promise<Observation> {
  try {
    if (!shared) await session.trust(target);
    const result = await remote(session, target, ["sh", "-s", ...(next ? ["--", next] : [])], {
      input: onPiScript("status.sh"),
      // The connection is bounded by itself; a Pi that is busy may take as long again to answer.
      timeoutSeconds: timeoutSeconds * 2,
      shared,
    });
    if (result.exitCode !== 0)
      return {
        kind: "unreadable",
        message: `${target.name}: status.sh failed: ${result.stderr.slice(0, 300)}`,
      };
    return { kind: "seen", status: parseStatus(result.stdout) };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return {
      kind: error.reason === "unreachable" || error.reason === "lost" ? "off" : "unreadable",
      message: error.message,
    };
  }
}
