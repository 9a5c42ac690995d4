import { onPiScript } from "./scripts.js";
import { type SshSession } from "../ssh/session.js";
import { remote, type RemoteResult, type RemoteRun } from "../ssh/remote.js";
import { type Target } from "../ssh/target.js";

/** The scripts of on-pi that run as root, by name. */
export type RootScript = "activate" | "runner" | "secrets";

/** The one thing that the user may do as root on a Pi with `sudo.onlyActivation`: nix/modules/only-activation.nix. */
export const rootEntry = "/run/current-system/sw/bin/pi-fleet-root";

/** Where the scripts are while the host runs. It is in /run, so that a restart leaves nothing unfinished. */
const folder = "/run/pi-fleet";

/**
 * Runs as root. On stdin are the script's length, the script and then its input, so that neither is in argv or a log. The
 * script becomes a file, since an activation outlives the connection. It is not written again when it is there already, so
 * a confirmation needs no room in /run. A script that was cut on its way is not run.
 */
const asFile = `umask 022; read -r length && mkdir -p ${folder} && file=${folder}/$1.sh && shift &&
text=$(head -c "$length"; echo .) && text=\${text%.} && [ "$(printf %s "$text" | wc -c)" -eq "$length" ] &&
{ printf %s "$text" | cmp -s - "$file" || { printf %s "$text" >"$file.$$" && mv "$file.$$" "$file"; } ||
{ rm -f "$file.$$"; exit 1; }; } && exec sh "$file" "$@"`;

/** Runs as the user. A Pi with the entry has the scripts already, and reads only the input. */
const byEntryOrSudo = `if [ -x ${rootEntry} ]; then read -r length && head -c "$length" >/dev/null && exec sudo -n ${rootEntry} "$@"; fi
exec sudo -n sh -c '${asFile}' sh "$@"`;

/**
 * Runs a verb of a script of on-pi as root, by sudo without a password unless the user is root. The Pi looks at each call
 * whether its running system has the entry: an activation may change that.
 */
export function runAsRoot(
  session: SshSession,
  target: Target,
  [script, ...args]: readonly [RootScript, ...string[]],
  run: RemoteRun,
): Promise<RemoteResult> {
  const text = onPiScript(`${script}.sh`);
  const launcher = target.user === "root" ? asFile : byEntryOrSudo;
  return remote(session, target, ["sh", "-c", launcher, "sh", script, ...args], {
    ...run,
    input: `${Buffer.byteLength(text)}\n${text}${run.input ?? ""}`,
  });
}

/** Why `runAsRoot` failed when the user may not become root, with what to do; else `undefined`. */
export function rootFault(target: Target, { exitCode, stderr }: RemoteResult): string | undefined {
  const words = stderr.trim();
  if (exitCode === 0 || !/sudo:|a password is required|: sudo/.test(words)) return undefined;
  return (
    `${target.user ?? "the user"} can't become root on ${target.name} without a password (${words}). ` +
    `Give the user passwordless sudo (security.sudo.wheelNeedsPassword = false), or deploy as root.`
  );
}
