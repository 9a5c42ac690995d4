import type { Closure } from "./closure.js";
import { nix } from "./nix.js";

/** What a binary cache (or this machine's store: the empty string) says of a store path. */
interface PathInfo {
  readonly narSize: number;
  /** Only of a cache. */
  readonly downloadSize?: number;
  readonly references: readonly string[];
}

/** Caches that are slow or away must not hold up a preview. */
const limitSeconds = 20;
const impatient = ["--option", "connect-timeout", "5", "--option", "download-attempts", "1"];

/** The caches that this machine's Nix is configured with: nix3-config-show. */
export async function configuredCaches(): Promise<string[]> {
  const { exitCode, stdout } = await nix(["config", "show", "substituters"]);
  return exitCode === 0 ? stdout.split(/\s+/).filter(Boolean) : [];
}

/**
 * The closure of a system that nobody has built here, when caches (or this machine's store) have every path of it;
 * else `undefined`. From narinfo alone: nothing is downloaded.
 */
export async function closureInCaches(
  toplevel: string,
  old: string,
  caches: readonly string[],
): Promise<Closure | undefined> {
  const ends = AbortSignal.timeout(limitSeconds * 1000);
  const found = new Map<string, PathInfo>();
  for (let wanted = [toplevel]; wanted.length > 0;) {
    let missing = wanted;
    for (const store of found.size === 0 ? caches : ["", ...caches]) {
      if (missing.length === 0) break;
      for (const [path, info] of await pathInfos(store, missing, ends)) found.set(path, info);
      missing = missing.filter((path) => !found.has(path));
    }
    if (missing.length > 0) return undefined;
    const next = wanted.flatMap((path) => found.get(path)?.references ?? []);
    wanted = [...new Set(next)].filter((path) => !found.has(path));
  }
  const downloads = [...found].map(([path, { downloadSize }]) => [path, downloadSize] as const);
  return {
    sizes: new Map([...found].map(([path, { narSize }]) => [path, narSize])),
    // Which of them the boot loader copies is written in the system itself.
    boots: [],
    downloads: new Map(downloads.flatMap(([path, size]) => (size === undefined ? [] : [[path, size]]))),
    packages: await differences(toplevel, old, caches, ends),
  };
}

async function differences(toplevel: string, old: string, caches: readonly string[], ends: AbortSignal) {
  for (const cache of caches) {
    const argv = ["store", "diff-closures", "--store", cache, ...impatient, old, toplevel];
    const { exitCode, stdout } = await nix(argv, { cancelSignal: ends });
    if (exitCode === 0) return stdout.split("\n").filter(Boolean);
  }
  return undefined;
}

async function pathInfos(store: string, paths: readonly string[], ends: AbortSignal) {
  const where = store === "" ? [] : ["--store", store, ...impatient];
  const ask = (format: string[]) =>
    nix(["path-info", "--json", ...format, ...where, ...paths], { cancelSignal: ends });
  // Nix before 2.33 knows one format only, and not its name.
  const named = await ask(["--json-format", "1"]);
  const answer = /unrecognised flag/.test(named.stderr) ? await ask([]) : named;
  return answer.exitCode === 0 ? parsePathInfos(answer.stdout) : new Map<string, PathInfo>();
}

/** Reads `nix path-info --json`: a map from path to info or null; before Nix 2.19 a list. */
export function parsePathInfos(json: string): Map<string, PathInfo> {
  const all = JSON.parse(json) as Record<string, PathInfo | null> | (PathInfo & { path: string })[];
  const entries = Array.isArray(all)
    ? all.map((info) => [info.path, info] as const)
    : Object.entries(all).flatMap(([path, info]) => (info ? [[path, info] as const] : []));
  return new Map(entries.filter(([, info]) => typeof info.narSize === "number"));
}
