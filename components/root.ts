import { onPiScript } from "./package-root.js";
import { remote, type RemoteResult, type RemoteRun, type SshSession, type Target } from "./ssh.js";

/** The scripts of on-pi that run as root, by name. */
export type RootScript = "activate" | "runner" | "secrets";

/** Where the scripts are while the host runs; /run, so that a restart leaves nothing half. */
const folder = "/run/pi-fleet";

/**
 * Run by the user who logs in, with the script's length, the script and then its input on stdin: so neither is in argv
 * or a log. The script becomes a file, since an activation outlives the connection.
 */
const asFile = `umask 022; read -r length && mkdir -p ${folder} && file=${folder}/$1.sh && shift &&
head -c "$length" >"$file.$$" && mv "$file.$$" "$file" && exec sh "$file" "$@"`;

/** Runs a verb of a script of on-pi as root: by sudo without a password unless the user is root. */
export function runAsRoot(
  session: SshSession,
  target: Target,
  [script, ...args]: readonly [RootScript, ...string[]],
  run: RemoteRun,
): Promise<RemoteResult> {
  const text = onPiScript(`${script}.sh`);
  const sudo = target.user === "root" ? [] : ["sudo", "-n"];
  return remote(session, target, [...sudo, "sh", "-c", asFile, "sh", script, ...args], {
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
