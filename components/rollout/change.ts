import { existsSync } from "node:fs";
import { closureInCaches, configuredCaches } from "../nix/caches.js";
import { thisMachine } from "../nix/build-host-target.js";
import { closureOn } from "../nix/closure-on.js";
import { type Closure } from "../nix/closure.js";
import type { NamedBuildHost } from "../protocol/build-host.js";
import type { Change } from "./work.js";
import { neededSpace } from "../activation/disk-space.js";
import { askDiskSpace } from "../on-pi/disk-space.js";
import { type DiskSpace } from "../on-pi/disk-space.js";
import { sizeText } from "../shared/size-text.js";
import { Slots } from "../shared/slots.js";
import { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";

/** A Pi that is to get another system, and who can tell more of it. */
export interface ChangeArgs {
  readonly target: Target;
  readonly deployKey: string;
  readonly connectSeconds: number;
  readonly old: string;
  readonly toplevel: string;
  /** Where it was built; absent before that. */
  readonly builtOn?: NamedBuildHost;
  /** Binary caches besides those that this machine's Nix knows. */
  readonly caches: readonly string[];
}

/** Build hosts and sshd bear only so many logins at once. */
const slots = new Slots(8);

/** More lines than these, of one Pi's packages, are only counted. */
const packageLines = 30;

/** What changes on a Pi, as far as it is known now. Nothing is built, downloaded or written for it. */
export function describeChange(args: ChangeArgs): Promise<Change> {
  return slots.with(async () => {
    const closure = await knownClosure(args);
    const room = closure && (await roomOf(args, closure));
    return changeText(args, closure, room, args.builtOn?.name);
  });
}

async function knownClosure({ old, toplevel, builtOn, caches }: ChangeArgs): Promise<Closure | undefined> {
  if (builtOn) return closureOn(builtOn, { toplevel, old });
  if (existsSync(toplevel)) return closureOn(thisMachine, { toplevel, old });
  const all = [...new Set([...(await configuredCaches()), ...caches])];
  return closureInCaches({ toplevel, old }, all);
}

async function roomOf({ target, deployKey, connectSeconds }: ChangeArgs, closure: Closure) {
  try {
    return await SshSession.with({ target, privateKey: deployKey, connectSeconds }, (session) =>
      askDiskSpace(session, target, closure, { timeoutSeconds: connectSeconds + 60, shared: false }),
    );
  } catch (error) {
    if (error instanceof SshError) return undefined;
    throw error;
  }
}

/** The lines of one Pi in the plan. `builtOn` is the name of the build host; without it nothing was built yet. */
export function changeText(
  { old, toplevel }: { readonly old: string; readonly toplevel: string },
  closure: Closure | undefined,
  room: DiskSpace | undefined,
  builtOn: string | undefined,
): Change {
  const system = `system: ${old || "none"} => ${toplevel}`;
  const units = "units that would restart: known after the copy";
  if (!closure) {
    const unknown = builtOn ? `unknown, since ${builtOn} did not tell` : "known after the build";
    return { lines: [system, `packages and size: ${unknown}`, units] };
  }
  const size = room ? sizes(closure, room) : "unknown, since the Pi did not tell what it lacks";
  return { lines: [system, `size: ${size}`, units], packages: packageText(closure.packages, builtOn) };
}

function packageText(packages: readonly string[] | undefined, builtOn: string | undefined): string[] {
  if (!packages) return [`unknown: ${builtOn ?? "what was asked here"} does not have what it runs`];
  if (packages.length === 0) return ["none, only configuration"];
  const more = packages.length - packageLines;
  return more > 0 ? [...packages.slice(0, packageLines), `and ${more} more`] : [...packages];
}

function sizes(closure: Closure, room: DiskSpace): string {
  const { store } = neededSpace(closure, room);
  const downloads = room.missing.map((path) => closure.downloads?.get(path));
  const sum = downloads.reduce<number>((total, size) => total + (size ?? 0), 0);
  const wire = downloads.includes(undefined) ? `at most ${sizeText(store)}` : sizeText(sum);
  return `${sizeText(store)} on the card, where ${sizeText(room.free)} are free; ${wire} on the wire`;
}
