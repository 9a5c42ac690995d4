import { noiseQuoted, quietShell } from "../ssh/far-shell.js";
import type { Observation } from "./observe.js";

/** What a person should know of a Pi whose login shell prints text on stdout; `undefined` when it prints none. */
export function noiseWarning(name: string, seen: Observation): string | undefined {
  if (seen.kind !== "seen" || seen.noise === undefined) return undefined;
  return (
    `${name}'s login shell prints text on stdout: ${noiseQuoted(seen.noise)}. It was skipped here, but Nix can't skip it: ` +
    `copying a system to ${name} will fail. ${quietShell}`
  );
}
