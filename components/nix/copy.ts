import { type NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { type SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import { onwardOptions } from "../ssh/ssh-options.js";
import type { Target } from "../ssh/target.js";
import { copyThroughHere } from "./copy-through-here.js";
import { withBuildHost } from "./with-build-host.js";
import { buildHostTarget } from "./build-host-target.js";
import { nix } from "./nix.js";
import { nixError } from "./nix-error.js";
import { noNixThere } from "./no-nix-there.js";
import { noisyShell } from "./noisy-shell.js";
import { onBuildHostScript } from "./scripts.js";
import { storeUrl } from "./store-url.js";

export interface CopyArgs {
  readonly toplevel: string;
  /** Where it was built. */
  readonly buildHost: NamedBuildHost;
  readonly timeoutSeconds: number;
  /** Whether the Pi takes only what is signed, from a user who may not become root. */
  readonly restricted: boolean;
}

/**
 * Copies a closure from where it was built to the Pi, directly, and lets the Pi substitute what it can. The Nix on the Pi
 * runs as root (by sudo when the deploy user is another), so that it need not trust the user. On a restricted Pi it runs
 * as the user and checks signatures instead.
 * @param session with the Pi, over which `connect` has opened the shared connection
 * @throws PhaseError with Nix's reason: a full disk, a missing signature, a lost connection.
 */
export async function copyClosure(session: SshSession, target: Target, args: CopyArgs): Promise<void> {
  const from = buildHostTarget(args.buildHost);
  const { exitCode, stderr } = await (from
    ? copyFrom(from, session, target, args)
    : pushFromHere(session, target, args));
  if (exitCode === 0) return;
  throw new PhaseError(
    "copy",
    `${unsigned(target, stderr)}${noNixThere(target, stderr)}${noisyShell(target, stderr)}the closure could not be copied:\n${nixError(stderr)}`,
  );
}

/** What to do when a Pi asks for signatures that are missing; else the empty string. */
function unsigned({ name }: Target, words: string): string {
  if (!/lacks a (valid )?signature|lacks a signature by a trusted key/i.test(words)) return "";
  return (
    `${name} takes only systems that the key signed which it knows. If config no longer says hosts.${name}.sudo.onlyActivation, ` +
    "set it to false for one `pulumi up`; if the key was made anew, somebody who is root there must switch it.\n"
  );
}

/** The arguments of `nix copy`. The Pi's store URL: nix3-help-stores, SSH store with ssh-ng. */
function copyArguments(target: Target, { toplevel, restricted }: CopyArgs): string[] {
  const url = storeUrl(target);
  const bySudo = target.user === "root" || restricted ? "" : "?remote-program=sudo%20-n%20nix-daemon";
  const unchecked = restricted ? [] : ["--no-check-sigs"];
  return [...unchecked, "--substitute-on-destination", "--to", `${url}${bySudo}`, toplevel];
}

function pushFromHere(session: SshSession, target: Target, args: CopyArgs) {
  return nix(["copy", ...copyArguments(target, args)], {
    env: { NIX_SSHOPTS: session.nixOptions(target, { shared: true }) },
    timeoutSeconds: args.timeoutSeconds,
    onLine: progress,
  });
}

/**
 * A Pi that is to be adopted does not know the deploy key yet, and the key that lets us in is a person's, which is not
 * forwarded. So its first system goes through this machine.
 */
async function copyFrom(from: Target, session: SshSession, target: Target, args: CopyArgs) {
  const pushed = await pushFrom(from, session, target, args);
  if (pushed.exitCode === 0 || !/Permission denied \(/.test(pushed.stderr) || from.address === target.address)
    return pushed;
  progress(
    `${target.name} does not let ${from.name} in by the fleet's deploy key, as before its first system: copying through this machine`,
  );
  return onBuildHost(() =>
    copyThroughHere(from, session, target, copyArguments(target, args), args.timeoutSeconds),
  );
}

/** Makes the build host push. It logs in to the Pi with this session's key, through the forwarded agent. */
async function pushFrom(from: Target, session: SshSession, target: Target, args: CopyArgs) {
  const knownHost = target.hostKey ? `${target.name} ${target.hostKey}` : "";
  const options = onwardOptions(target, 15);
  const command = ["sh", "-s", "--", knownHost, options.join(" "), ...copyArguments(target, args)];
  return onBuildHost(() =>
    withBuildHost(from, (buildHostSession) =>
      remote(buildHostSession, from, command, {
        input: onBuildHostScript("push.sh"),
        timeoutSeconds: args.timeoutSeconds,
        forward: session,
        onLine: progress,
      }),
    ),
  );
}

async function onBuildHost<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SshError)
      throw new PhaseError("copy", `the build host: ${error.message}`, { cause: error });
    throw error;
  }
}
