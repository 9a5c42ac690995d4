import type { Closure } from "./closure.js";
import type { ComparedSystems } from "./closure-on.js";
import { nix } from "./nix.js";
import { type PathInfo, pathInfos } from "./path-info.js";

/** A cache that is slow or off must not hold up a preview. */
const limitSeconds = 20;
const impatient = ["--option", "connect-timeout", "5", "--option", "download-attempts", "1"];

/** The caches that this machine's Nix is configured with: nix3-config-show. */
export async function configuredCaches(): Promise<string[]> {
  const { exitCode, stdout } = await nix(["config", "show", "substituters"]);
  return exitCode === 0 ? stdout.split(/\s+/).filter(Boolean) : [];
}

/**
 * The closure of a system that was not built here, when caches (or this machine's store) have every path of it; else
 * `undefined`. It reads only narinfo and downloads nothing.
 * @param caches their URLs, in the order in which they are asked
 */
export async function closureInCaches(
  systems: ComparedSystems,
  caches: readonly string[],
): Promise<Closure | undefined> {
  const signal = AbortSignal.timeout(limitSeconds * 1000);
  const found = await findAll(systems.toplevel, caches, signal);
  if (!found) return undefined;
  const downloads = [...found].map(([path, { downloadSize }]) => [path, downloadSize] as const);
  return {
    sizes: new Map([...found].map(([path, { narSize }]) => [path, narSize])),
    // Only the system itself says which of them the boot loader copies.
    boots: [],
    downloads: new Map(downloads.flatMap(([path, size]) => (size === undefined ? [] : [[path, size]]))),
    packages: await differences(systems, caches, signal),
  };
}

/** Walks the references from a toplevel; `undefined` as soon as no store has one of the paths. */
async function findAll(toplevel: string, caches: readonly string[], signal: AbortSignal) {
  const inCaches = caches.map((cache) => ["--store", cache, ...impatient]);
  const found = new Map<string, PathInfo>();
  for (let wanted = [toplevel]; wanted.length > 0;) {
    let missing = wanted;
    // This machine's store does not have the toplevel, but may have what it refers to.
    for (const store of found.size === 0 ? inCaches : [[], ...inCaches]) {
      if (missing.length === 0) break;
      for (const [path, info] of await pathInfos(missing, store, signal)) found.set(path, info);
      missing = missing.filter((path) => !found.has(path));
    }
    if (missing.length > 0) return undefined;
    const next = wanted.flatMap((path) => found.get(path)?.references ?? []);
    wanted = [...new Set(next)].filter((path) => !found.has(path));
  }
  return found;
}

async function differences(
  { toplevel, old }: ComparedSystems,
  caches: readonly string[],
  signal: AbortSignal,
) {
  for (const cache of caches) {
    const argv = ["store", "diff-closures", "--store", cache, ...impatient, old, toplevel];
    const { exitCode, stdout } = await nix(argv, { signal });
    if (exitCode === 0) return stdout.split("\n").filter(Boolean);
  }
  return undefined;
}
