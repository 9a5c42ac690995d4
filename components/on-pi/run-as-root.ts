import { onPiScript } from "./scripts.js";
import { type SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { type RemoteResult } from "../ssh/remote.js";
import { type RemoteRun } from "../ssh/remote.js";
import { type Target } from "../ssh/target.js";

/** The scripts of on-pi that run as root, by name. */
export type RootScript = "activate" | "runner" | "secrets";

/** The one thing that the user may do as root on a Pi with sudo.onlyActivation: nix/modules/only-activation.nix. */
const entry = "/run/current-system/sw/bin/pi-fleet-root";

/** Where the scripts are while the host runs; /run, so that a restart leaves nothing half. */
const folder = "/run/pi-fleet";

/**
 * Run as root, with the script's length, the script and then its input on stdin: so neither is in argv or a log. The
 * script becomes a file, since an activation outlives the connection.
 */
const asFile = `umask 022; read -r length && mkdir -p ${folder} && file=${folder}/$1.sh && shift &&
head -c "$length" >"$file.$$" && mv "$file.$$" "$file" && exec sh "$file" "$@"`;

/** Run by the user: a Pi with the entry has these scripts, and takes the input alone. */
const byEntryOrSudo = `if [ -x ${entry} ]; then read -r length && head -c "$length" >/dev/null && exec sudo -n ${entry} "$@"; fi
exec sudo -n sh -c '${asFile}' sh "$@"`;

/**
 * Runs a verb of a script of on-pi as root: by sudo without a password unless the user is root. What the Pi's running
 * system allows is seen there at each call, as it may change with an activation.
 */
export function runAsRoot(
  session: SshSession,
  target: Target,
  [script, ...args]: readonly [RootScript, ...string[]],
  run: RemoteRun,
): Promise<RemoteResult> {
  const text = onPiScript(`${script}.sh`);
  const way = target.user === "root" ? asFile : byEntryOrSudo;
  return remote(session, target, ["sh", "-c", way, "sh", script, ...args], {
    ...run,
    input: `${Buffer.byteLength(text)}\n${text}${run.input ?? ""}`,
  });
}

/** What to do when `runAsRoot` failed because the user may not become root; else `undefined`. */
export function noRoot(target: Target, { exitCode, stderr }: RemoteResult): string | undefined {
  const words = stderr.trim();
  if (exitCode === 0 || !/sudo:|a password is required|: sudo/.test(words)) return undefined;
  return (
    `${target.user ?? "the user"} can't become root on ${target.name} without a password (${words}). ` +
    `Give the user passwordless sudo (security.sudo.wheelNeedsPassword = false), or deploy as root.`
  );
}
