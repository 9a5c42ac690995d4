import { equal, isMap, isSecret, type Wire, type WireMap } from "./wire.js";

export type DiffKind = "add" | "delete" | "update";

/** Property paths ("environment.TOP", "triggers[0]") that differ, each with how. */
export type DetailedDiff = Map<string, DiffKind>;

/** What the real plugins' framework computes from old and new inputs: the leaves that differ. */
export function detailedDiff(olds: WireMap, news: WireMap): DetailedDiff {
  const found: DetailedDiff = new Map();
  diffMaps("", olds, news, found);
  return found;
}

function diffMaps(prefix: string, olds: WireMap, news: WireMap, found: DetailedDiff): void {
  for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    diffValues(prefix + pathOfKey(key, prefix === ""), olds[key] ?? null, news[key] ?? null, found);
  }
}

function diffValues(path: string, old: Wire, next: Wire, found: DetailedDiff): void {
  if (equal(old, next)) return;
  if (old === null) found.set(path, "add");
  else if (next === null) found.set(path, "delete");
  else if (Array.isArray(old) && Array.isArray(next)) diffArrays(path, old, next, found);
  // A secret is one leaf: which part of it differs must not show.
  else if (isPlainMap(old) && isPlainMap(next)) diffMaps(path, old, next, found);
  else found.set(path, "update");
}

function diffArrays(path: string, olds: Wire[], news: Wire[], found: DetailedDiff): void {
  for (let i = 0; i < Math.max(olds.length, news.length); i++) {
    diffValues(`${path}[${i}]`, olds[i] ?? null, news[i] ?? null, found);
  }
}

function isPlainMap(value: Wire): value is WireMap {
  return isMap(value) && !isSecret(value);
}

function pathOfKey(key: string, first: boolean): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `["${key.replaceAll('"', '\\"')}"]`;
  return first ? key : `.${key}`;
}
