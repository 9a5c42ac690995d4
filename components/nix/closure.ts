import { stripVTControlCharacters } from "node:util";
import { KeyValues } from "../shared/key-values.js";

/** A system as a store knows it. */
export interface Closure {
  /** Its store paths with their sizes in bytes, unpacked. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Those of them that a boot loader copies to /boot. */
  readonly boots: readonly string[];
  /** How many bytes each path is to download, for paths of a cache. */
  readonly downloads?: ReadonlyMap<string, number>;
  /**
   * What differs from another system, as `nix store diff-closures` (nix3-store-diff-closures) says it:
   * `linux: 6.12.66 → 6.12.70, +12.3 KiB`, one a line. `undefined` when the store does not have the other one.
   */
  readonly packages: readonly string[] | undefined;
  /** Its store paths that the other system's closure does not have. `undefined` when that is not known. */
  readonly added?: readonly string[] | undefined;
}

/** Reads what closure.sh prints. */
export function parseClosure(text: string): Closure {
  const said = new KeyValues(text);
  const sizes = said.all("size").flatMap((line) => {
    const [, path, size] = /^(\S+)\s+(\d+)$/.exec(line) ?? [];
    return path ? [[path, Number(size)] as const] : [];
  });
  return {
    sizes: new Map(sizes),
    boots: said.all("boots").map(storePath),
    packages: said.has("compared") ? said.all("change").map(stripVTControlCharacters) : undefined,
    added: said.has("compared") ? said.all("added") : undefined,
  };
}

/** `/nix/store/HASH-linux/Image` → `/nix/store/HASH-linux` */
function storePath(file: string): string {
  return file.split("/").slice(0, 4).join("/");
}
