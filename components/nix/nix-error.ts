/** The advice to somebody without Nix. */
export const noNix =
  "There is no `nix` on this machine: it evaluates the fleet. Install it from https://nixos.org/download and run this again.";

/**
 * The part of Nix's stderr that says what went wrong, at most `lines` lines.
 *
 * For a build it begins at the first `error:`, which is about the derivation that failed. Later ones are about
 * derivations that depend on it. For a trace the last `error:` is the reason.
 */
export function nixError(stderr: string, lines = 12): string {
  const all = stderr.split("\n").map((line) => line.trim());
  const first = all.findIndex((line) => line.startsWith("error:"));
  const reason = all.findLastIndex((line) => line.startsWith("error: ") || line.startsWith("… "));
  const isTrace = all.some((line) => line.startsWith("… "));
  // ssh's own words come before Nix's.
  const isSsh = all.some((line) => /^error: failed to start SSH/.test(line));
  const from = isTrace ? reason : isSsh ? 0 : first;
  return all
    .slice(from < 0 ? -lines : from)
    .filter(
      (line) =>
        line &&
        !line.includes("--show-trace") &&
        !line.startsWith("For full logs") &&
        !line.startsWith("nix log"),
    )
    .slice(0, lines)
    .join("\n");
}
