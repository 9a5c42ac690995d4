import { neededSpace } from "../activation/disk-space.js";
import type { Closure } from "../nix/closure.js";
import type { DiskSpace } from "../on-pi/disk-space.js";
import { sizeText } from "../shared/size-text.js";
import type { Change } from "./work.js";

/** How many package lines of one Pi the plan shows. The others are only counted. */
const packageLines = 30;

/** What a Pi lacks of a closure, and its free bytes. */
export interface Space extends Pick<DiskSpace, "free" | "missing"> {
  /** Whether it lacks at most this. */
  readonly isBound?: boolean;
}

/** The lines of one Pi in the plan. `builtOn` is the name of the build host; without it nothing was built yet. */
export function changeText(
  { old, toplevel }: { readonly old: string; readonly toplevel: string },
  closure: Closure | undefined,
  space: Space | undefined,
  builtOn: string | undefined,
): Change {
  const system = `system: ${old || "none"} => ${toplevel}`;
  const units = "units that would restart: known after the copy";
  if (!closure) {
    const unknown = builtOn ? `unknown, since ${builtOn} did not tell` : "known after the build";
    return { lines: [system, `packages and size: ${unknown}`, units] };
  }
  const size = space ? sizesText(closure, space) : "unknown, since the Pi did not tell what it lacks";
  return { lines: [system, `size: ${size}`, units], packages: packagesText(closure.packages, builtOn) };
}

function packagesText(packages: readonly string[] | undefined, builtOn: string | undefined): string[] {
  if (!packages) return [`unknown: ${builtOn ?? "what was asked here"} does not have what it runs`];
  if (packages.length === 0) return ["none, only configuration"];
  const more = packages.length - packageLines;
  return more > 0 ? [...packages.slice(0, packageLines), `and ${more} more`] : [...packages];
}

function sizesText(closure: Closure, space: Space): string {
  const { store } = neededSpace(closure, space);
  const downloads = space.missing.map((path) => closure.downloads?.get(path));
  const sum = downloads.reduce<number>((total, size) => total + (size ?? 0), 0);
  const wire = downloads.includes(undefined) ? `at most ${sizeText(store)}` : sizeText(sum);
  const card = `${space.isBound ? "at most " : ""}${sizeText(store)}`;
  return `${card} on the card, where ${sizeText(space.free)} are free; ${wire} on the wire`;
}
