import { KeyValues } from "../shared/key-values.js";
import { parseClock, type PiClock } from "./pi-clock.js";

/** What a Pi says of itself: status.sh's lines, typed. Systems are store paths; a link that is absent is the empty string. */
export interface PiStatus {
  readonly current: string;
  readonly booted: string;
  readonly profile: string;
  readonly machine: string;
  readonly boot: string;
  readonly architecture: string;
  readonly clock: PiClock;
  /** Free bytes where the Nix store is; `undefined` when the Pi can't tell. */
  readonly free: number | undefined;
  /** The parts in which the system that boots next differs from the one that booted: `kernel`, `initrd` and so on. */
  readonly reboot: readonly string[];
  /** A reboot that is under way or not confirmed yet. `boot` is the id of the boot that it ends. */
  readonly rebooting:
    | { readonly id: string; readonly holder: string; readonly since: string; readonly boot: string }
    | undefined;
  /** How the last reboot ended: kept, returned or stayed. `undefined` once something was deployed after it. */
  readonly rebooted:
    | { readonly id: string; readonly result: string; readonly reason: string; readonly at: string }
    | undefined;
  /** What the last confirmed activation left. */
  readonly record: { readonly id: string; readonly system: string; readonly machine: string } | undefined;
  /** The mark of each secret that was delivered, by file name. It is `altered` when somebody changed the file. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The runners that were registered there and still have their token, by name. */
  readonly registered: Readonly<Record<string, Registered>>;
  /** Just-in-time runners that have done their one job. */
  readonly spentRunners: readonly string[];
  /** The version of GitHub's runner program, by the name of the runner. */
  readonly runnerVersions: Readonly<Record<string, string>>;
  /** Whether the deploy user can only activate signed systems there, and nothing else as root. */
  readonly restricted: boolean;
  /** The activation that is under way, or its way back, and who asked for it. */
  readonly activation: { readonly holder: string; readonly since: string } | undefined;
  /**
   * An activation of this boot that left no end: it was killed, or its way back did not succeed, which `troubles` tells.
   * Nobody is at it any more.
   */
  readonly unfinished:
    | {
        readonly holder: string;
        readonly since: string;
        readonly toplevel: string;
        readonly troubles: string;
      }
    | undefined;
  /** What /etc is of, when that is not the running system. */
  readonly foreignEtc: string | undefined;
  /** The units that failed. */
  readonly failedUnits: readonly string[];
  /** `github-runner-NAME active running`, one each. */
  readonly runners: readonly string[];
}

/** What the delivery that registered a runner left on its Pi. */
export interface Registered {
  readonly registration: string;
  /** Its id on GitHub. */
  readonly id: number;
  readonly delivery: string;
}

/** Reads status.sh's output. */
export function parseStatus(text: string): PiStatus {
  const said = new KeyValues(text);
  return {
    current: said.one("current"),
    booted: said.one("booted"),
    profile: said.one("profile"),
    machine: said.one("machine"),
    boot: said.one("boot"),
    architecture: said.one("architecture"),
    clock: parseClock(said.one("clock")),
    free: /^\d+$/.test(said.one("free")) ? Number(said.one("free")) * 1024 : undefined,
    reboot: said.one("reboot").split(" ").filter(Boolean),
    rebooting: said.has("rebooting.id")
      ? {
          id: said.one("rebooting.id"),
          holder: said.one("rebooting.holder"),
          since: said.one("rebooting.since"),
          boot: said.one("rebooting.boot"),
        }
      : undefined,
    rebooted: said.has("rebooted.id")
      ? {
          id: said.one("rebooted.id"),
          result: said.one("rebooted.result"),
          reason: said.one("rebooted.reason"),
          at: said.one("rebooted.at"),
        }
      : undefined,
    record: said.has("record.id")
      ? { id: said.one("record.id"), system: said.one("record.system"), machine: said.one("record.machine") }
      : undefined,
    secrets: Object.fromEntries(said.below("secret.")),
    registered: Object.fromEntries(
      said.below("registered.").flatMap(([name, value]) => registeredRunner(name, value)),
    ),
    spentRunners: said.below("spent.").map(([name]) => name),
    runnerVersions: Object.fromEntries(said.below("version.")),
    restricted: said.has("restricted"),
    activation: said.has("activation.since")
      ? { holder: said.one("activation.holder"), since: said.one("activation.since") }
      : undefined,
    unfinished: said.has("unfinished.since")
      ? {
          holder: said.one("unfinished.holder"),
          since: said.one("unfinished.since"),
          toplevel: said.one("unfinished.toplevel"),
          troubles: said.one("unfinished.troubles"),
        }
      : undefined,
    foreignEtc: said.has("etc") ? said.one("etc") || "nothing" : undefined,
    failedUnits: said.all("failed"),
    runners: said.all("runner"),
  };
}

/** `registered.NAME=REGISTRATION ID DELIVERY` */
function registeredRunner(name: string, value: string): [string, Registered][] {
  const [, registration = "", id = "", delivery = ""] = /^(\S+) (\d+) (.*)$/.exec(value) ?? [];
  return registration ? [[name, { registration, id: Number(id), delivery }]] : [];
}
