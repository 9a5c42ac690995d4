import { buildHostTarget } from "./build-host-target.js";
import { nix } from "./nix.js";
import { nixError } from "./nix-error.js";
import { type NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { onBuildHostScript } from "./scripts.js";
import { progress } from "../shared/progress.js";
import { SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import { destination } from "../ssh/target.js";
import { type Target } from "../ssh/target.js";
import { fullDisk } from "./disk-full.js";

/**
 * Copies a closure from where it was built to the Pi, directly, and lets the Pi substitute what it can. The far end
 * runs as root (by sudo when the deploy user is another), so the user needs not be trusted by the Pi's Nix; a Pi that is
 * `restricted` looks at signatures instead.
 * @throws PhaseError with Nix's reason: a full disk, a lost connection.
 */
export async function copyClosure(
  session: SshSession,
  target: Target,
  toplevel: string,
  buildHost: NamedBuildHost,
  timeoutSeconds: number,
  restricted: boolean,
): Promise<void> {
  const from = buildHostTarget(buildHost);
  const order = copyOrder(target, toplevel, restricted);
  const stderr = await (from
    ? pushFrom(from, session, target, order, timeoutSeconds)
    : pushFromHere(session, target, order, timeoutSeconds));
  if (stderr === undefined) return;
  throw new PhaseError(
    "copy",
    `${fullDisk(target, stderr)}${unsigned(target, stderr)}the closure could not be copied:\n${nixError(stderr)}`,
  );
}

/** What to do when a Pi wants signatures that there are not; else the empty string. */
function unsigned({ name }: Target, words: string): string {
  if (!/lacks a (valid )?signature|lacks a signature by a trusted key/i.test(words)) return "";
  return (
    `${name} takes only systems that the key signed which it knows. If config no longer says hosts.${name}.sudo.onlyActivation, ` +
    "set it to false for one `pulumi up`; if the key was made anew, somebody who is root there must switch it.\n"
  );
}

/** The arguments of `nix copy`. The Pi's store URL: nix3-help-stores, SSH store with ssh-ng. */
function copyOrder(target: Target, toplevel: string, restricted: boolean): string[] {
  const url = `ssh-ng://${destination(target)}`;
  const bySudo = target.user === "root" || restricted ? "" : "?remote-program=sudo%20-n%20nix-daemon";
  const unchecked = restricted ? [] : ["--no-check-sigs"];
  return [...unchecked, "--substitute-on-destination", "--to", `${url}${bySudo}`, toplevel];
}

async function pushFromHere(session: SshSession, target: Target, order: string[], timeoutSeconds: number) {
  const options = [...session.options(target), "-o", `ControlPath=${session.controlPath(target)}`];
  const result = await nix(["copy", ...order], {
    env: { NIX_SSHOPTS: options.join(" ") },
    timeout: timeoutSeconds * 1000,
    onLine: progress,
  });
  return result.exitCode === 0 ? undefined : result.stderr;
}

async function pushFrom(
  from: Target,
  session: SshSession,
  target: Target,
  order: string[],
  timeoutSeconds: number,
) {
  try {
    return await SshSession.with(undefined, 15, async (own) => {
      await own.trust(from);
      const known = target.hostKey ? `${target.name} ${target.hostKey}` : "";
      const options = [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "ConnectTimeout=15",
        "ServerAliveInterval=5",
        "ServerAliveCountMax=3",
      ]
        .concat([`HostKeyAlias=${target.name}`, ...(target.port ? [`Port=${target.port}`] : [])])
        .flatMap((option) => ["-o", option]);
      const result = await remote(own, from, ["sh", "-s", "--", known, options.join(" "), ...order], {
        input: onBuildHostScript("push.sh"),
        timeoutSeconds,
        forward: session,
        onLine: progress,
      });
      return result.exitCode === 0 ? undefined : result.stderr;
    });
  } catch (error) {
    if (error instanceof SshError) throw new PhaseError("copy", `the build host: ${error.message}`);
    throw error;
  }
}
