import { existsSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { nix, nixFeatures } from "./nix.js";
import { remote, type SshSession, type Target } from "./ssh.js";

/**
 * What differs between two systems, package by package, as `nix store diff-closures` (nix3-store-diff-closures) says it:
 * `linux: 6.12.66 → 6.12.70, +12.3 KiB`, one a line. `undefined` when one of them is not in this machine's store.
 */
export async function closureDiffHere(old: string, wanted: string): Promise<string[] | undefined> {
  if (!existsSync(old) || !existsSync(wanted)) return undefined;
  const { exitCode, stdout } = await nix(["store", "diff-closures", old, wanted]);
  return exitCode === 0 ? linesOf(stdout) : undefined;
}

/** The same in the store of a build host. */
export async function closureDiffOn(session: SshSession, host: Target, old: string, wanted: string) {
  const command = ["nix", ...nixFeatures, "store", "diff-closures", old, wanted];
  const { exitCode, stdout } = await remote(session, host, command, { timeoutSeconds: 60 });
  return exitCode === 0 ? linesOf(stdout) : undefined;
}

function linesOf(text: string): string[] {
  const lines = stripVTControlCharacters(text).split("\n").filter(Boolean);
  return lines.length > 0 ? lines : ["no package, only configuration"];
}
