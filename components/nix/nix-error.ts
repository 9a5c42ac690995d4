/** The advice to somebody without Nix. */
export const noNix =
  "There is no `nix` on this machine: it evaluates the fleet. Install it from https://nixos.org/download and run this again.";

// The words of libstore: ssh.cc, remote-store.cc, legacy-ssh-store.cc, and of serialise.cc.
const brokenConnection =
  /^error: .*(failed to start SSH|cannot open connection to remote store|disconnected unexpectedly|cannot connect to|unexpected end-of-file)/;

/** What Nix says of its work, and of no fault. */
const noise = /^(copying|building|these|this|warning:|\/nix\/store\/|querying|\[\d)/;

/**
 * The part of Nix's stderr that says what went wrong, at most `lines` lines.
 *
 * For a build it begins at the first `error:`, which is about the derivation that failed. Later ones are about
 * derivations that depend on it. For a trace the last `error:` is the reason. It may stand on a line of its own, as for the
 * failed assertions of a NixOS system.
 */
export function nixError(stderr: string, lines = 12): string {
  const all = stderr.split("\n").map((line) => line.trim());
  const first = all.findIndex((line) => line.startsWith("error:"));
  const reason = all.findLastIndex((line) => line.startsWith("error:") || line.startsWith("… "));
  const isTrace = all.some((line) => line.startsWith("… "));
  // Of a connection the reason is what ssh or the far shell says, and that comes before Nix's words.
  const isConnection = all.some((line) => brokenConnection.test(line));
  const from = isTrace ? reason : isConnection ? 0 : first;
  return all
    .slice(from < 0 ? -lines : from)
    .filter(
      (line) =>
        line &&
        line !== "error:" &&
        !(isConnection && noise.test(line)) &&
        !line.includes("--show-trace") &&
        !line.startsWith("For full logs") &&
        !line.startsWith("nix log"),
    )
    .slice(0, lines)
    .join("\n");
}
