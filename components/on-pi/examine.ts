import { stripVTControlCharacters } from "node:util";
import { KeyValues } from "../shared/key-values.js";
import { remote } from "../ssh/remote.js";
import type { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import type { Target } from "../ssh/target.js";
import { rootEntry } from "./run-as-root.js";
import { onPiScript } from "./scripts.js";

/** The script is ended after so many seconds, wherever it is. What it has told by then counts. */
const limitSeconds = 60;

/** A unit, and the last lines of its journal. */
export interface ExaminedUnit {
  readonly unit: string;
  readonly said: readonly string[];
}

/** Room at a path, in bytes and files. */
export interface ExaminedDisk {
  readonly path: string;
  readonly mount: string;
  readonly size: number;
  readonly free: number;
  /** `undefined` where a file system has no fixed number of files. */
  readonly inodes: { readonly all: number; readonly free: number } | undefined;
}

/** How often the kernel said something in a boot, and its last words of it. */
export interface KernelWords {
  readonly count: number;
  readonly last: string;
}

/** What the kernel and the journal say of one boot. */
export interface ExaminedBoot {
  readonly oom: KernelWords | undefined;
  readonly power: KernelWords | undefined;
  /** Errors of the card or of its file system. */
  readonly card: KernelWords | undefined;
  /** The file system had to be repaired from its journal: it was not unmounted. */
  readonly recovered: boolean;
  readonly errors: readonly string[];
}

/** What doctor.sh tells of a Pi. Numbers that it does not tell are `undefined`. */
export interface Examination {
  readonly root: boolean;
  /** What could not be seen without root: `journal`, `firmware`. */
  readonly unseen: readonly string[];
  /** Whether the script came to its end. */
  readonly whole: boolean;
  readonly os: string;
  readonly uptime: number | undefined;
  /** The load of five minutes, and the number of processors. */
  readonly load: { readonly average: number; readonly processors: number } | undefined;
  /** Bytes. */
  readonly memory: { readonly total: number; readonly available: number; readonly swap: number } | undefined;
  /** `running`, `degraded`, `starting` and so on: systemctl(1), is-system-running. */
  readonly state: string;
  readonly failed: readonly (ExaminedUnit & { readonly result: string })[];
  readonly runners: readonly (ExaminedUnit & {
    readonly active: string;
    readonly sub: string;
    /** Whether the conditions of its unit held when it was started last. */
    readonly condition: boolean;
    readonly restarts: number;
  })[];
  readonly thisBoot: ExaminedBoot;
  readonly bootBefore: ExaminedBoot;
  /** How the boot before ended; `unknown` when its journal is not kept. */
  readonly before: { readonly ended: "clean" | "cut" | "unknown"; readonly last: string } | undefined;
  readonly disks: readonly ExaminedDisk[];
  /** Mount points that can't be written to. */
  readonly readOnly: readonly string[];
  /** Of the root's partition and its card, in bytes. */
  readonly rootPartition: { readonly name: string; readonly end: number; readonly card: number } | undefined;
  /** The bits of `vcgencmd get_throttled`. */
  readonly throttled: number | undefined;
  /** Whether the voltage was too low in the last seconds. */
  readonly undervoltage: boolean;
  /** Degrees Celsius. */
  readonly temperature: number | undefined;
  readonly wifi: { readonly name: string; readonly level: number } | undefined;
  /** What the first boot left, by key. */
  readonly firstBoot: Readonly<Record<string, string>>;
  /** A first-boot bundle that is still on the firmware partition. */
  readonly bundle: string | undefined;
  readonly synchronized: boolean | undefined;
  /** The Pi's time at the end of it, in seconds since 1970. */
  readonly clock: number | undefined;
}

/**
 * As root where the user may become root by itself, and else as the user. Reads the script from stdin. The limit is sudo's
 * child: a user may not end sudo, which is root's.
 */
const launcher = `limit="timeout ${limitSeconds}"
if [ "$(id -u)" -ne 0 ] && [ ! -x ${rootEntry} ] && sudo -n true </dev/null 2>/dev/null; then limit="sudo -n $limit"; fi
exec $limit sh -s`;

/**
 * Has a Pi examine itself, over the session's shared connection. Nothing is changed there.
 * @throws SshError
 */
export async function examine(
  session: SshSession,
  target: Target,
  connectSeconds: number,
): Promise<Examination> {
  const { stdout, stderr } = await remote(session, target, ["sh", "-c", launcher], {
    input: onPiScript("doctor.sh"),
    timeoutSeconds: connectSeconds + limitSeconds + 10,
    shared: true,
  });
  // A host without timeout(1), or one on which nothing starts any more.
  if (!new KeyValues(stdout).has("root"))
    throw new SshError("unknown", stderr.trim().slice(-300) || "it says nothing");
  return parseExamination(stdout);
}

/** Reads what doctor.sh prints. */
export function parseExamination(text: string): Examination {
  const said = new KeyValues(plain(text));
  const before = /^(clean|cut|unknown) ?(.*)$/.exec(said.one("before"));
  const load = /^([\d.]+) (\d+)$/.exec(said.one("load"));
  const wifi = /^(\S+) (-\d+)$/.exec(said.one("wifi"));
  const clock = said.one("synchronized");
  return {
    root: said.one("root") === "yes",
    unseen: said.all("unseen"),
    whole: said.has("end"),
    os: said.one("os"),
    uptime: number(said.one("uptime")),
    load: load ? { average: Number(load[1]), processors: Number(load[2]) } : undefined,
    memory: memoryOf(said),
    state: said.one("state"),
    failed: said.all("failed").map((line) => {
      const [unit = "", result = ""] = line.split(" ");
      return { unit, result, said: said.all(`said.${unit}`) };
    }),
    runners: said.all("runner").map((line) => {
      const [unit = "", active = "", sub = "", condition = "", restarts = "0"] = line.split(" ");
      const { length } = ".service";
      return {
        ...{ unit: unit.slice(0, -length), active, sub, said: said.all(`said.${unit}`) },
        ...{ condition: condition !== "no", restarts: Number(restarts) || 0 },
      };
    }),
    thisBoot: bootOf(said, "0"),
    bootBefore: bootOf(said, "-1"),
    before: before ? { ended: before[1] as "clean" | "cut" | "unknown", last: before[2] ?? "" } : undefined,
    disks: said.all("disk").flatMap(diskOf),
    readOnly: said.all("readonly"),
    rootPartition: rootOf(said.one("root.partition")),
    throttled: number(said.one("throttled")),
    undervoltage: said.one("undervoltage") === "1",
    temperature: highest(said.all("temperature")),
    wifi: wifi ? { name: wifi[1]!, level: Number(wifi[2]) } : undefined,
    firstBoot: Object.fromEntries(said.below("firstboot.")),
    bundle: said.one("bundle") || undefined,
    synchronized: clock ? clock === "yes" : undefined,
    clock: number(said.one("clock")),
  };
}

/** What a journal quotes may have anything in it, and is printed in a terminal. */
function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return stripVTControlCharacters(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, " ");
}

function memoryOf(said: KeyValues): Examination["memory"] {
  const bytes = (key: string) => (number(said.one(key)) ?? 0) * 1024;
  if (!said.has("MemTotal") || !said.has("MemAvailable")) return undefined;
  return { total: bytes("MemTotal"), available: bytes("MemAvailable"), swap: bytes("SwapTotal") };
}

function bootOf(said: KeyValues, boot: string): ExaminedBoot {
  const words = (kind: string) => {
    const [, count, last = ""] = /^(\d+) (.*)$/.exec(said.one(`${kind}.${boot}`)) ?? [];
    return count ? { count: Number(count), last } : undefined;
  };
  return {
    ...{ oom: words("oom"), power: words("power"), card: words("card") },
    ...{ recovered: said.has(`recovered.${boot}`), errors: said.all(`error.${boot}`) },
  };
}

/** `PATH MOUNT SIZE FREE INODES FREE-INODES`, sizes in KiB. */
function diskOf(text: string): ExaminedDisk[] {
  const [, path, mount, size, free, all, left] =
    /^(\/\S*) (\/\S*) (\d+) (\d+) ?(\d*) ?(\d*)$/.exec(text) ?? [];
  if (!path || !mount) return [];
  const inodes = Number(all) > 0 ? { all: Number(all), free: Number(left) } : undefined;
  return [{ path, mount, size: Number(size) * 1024, free: Number(free) * 1024, inodes }];
}

/** `NAME START SIZE CARD`, in sectors */
function rootOf(text: string): Examination["rootPartition"] {
  const [, name, start, size, card] = /^(\S+) (\d+) (\d+) (\d+)$/.exec(text) ?? [];
  return name ? { name, end: (Number(start) + Number(size)) * 512, card: Number(card) * 512 } : undefined;
}

function highest(milli: readonly string[]): number | undefined {
  const all = milli.flatMap((text) => number(text) ?? []);
  return all.length > 0 ? Math.max(...all) / 1000 : undefined;
}

/** Also of the form 0x50005. */
function number(text: string): number | undefined {
  const value = text === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
