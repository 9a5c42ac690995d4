import { mkdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { nix, nixFeatures } from "./nix.js";
import { type NamedBuildHost } from "../protocol/build-host.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import type { Target } from "../ssh/target.js";
import { withBuildHost } from "./with-build-host.js";
import { buildHostTarget } from "./build-host-target.js";
import { buildFailure, sendFailure } from "./build-failure.js";
import { storeUrl } from "./store-url.js";

export interface BuildArgs {
  /** The store path of the derivation. */
  readonly drv: string;
  /** Names the garbage collector's root of the result. */
  readonly pi: string;
  /** The limit for sending the derivation, and the same again for building it. */
  readonly timeoutSeconds: number;
}

/**
 * Builds a derivation on a build host. That host's garbage collector keeps the result until the Pi's next build.
 * @throws PhaseError with Nix's own reason, and what to do when the host can't build for the Pi's system.
 */
export async function build(buildHost: NamedBuildHost, args: BuildArgs): Promise<void> {
  const target = buildHostTarget(buildHost);
  return target ? buildOver(target, args) : buildHere(args);
}

/**
 * Lets that host's garbage collector have a result that was copied to where it is used.
 * @param pi the name that `build` was given
 */
export async function release(buildHost: NamedBuildHost, pi: string): Promise<void> {
  const target = buildHostTarget(buildHost);
  if (!target) return rm(join(rootsHere(), pi), { force: true });
  await withBuildHost(target, async (session) => {
    const { exitCode, stderr } = await remote(session, target, ["rm", "-f", rootThere(pi)], {
      timeoutSeconds: 60,
    });
    if (exitCode !== 0) progress(`${target.name} keeps the result of ${pi}: ${stderr}`);
  });
}

function rootsHere(): string {
  return join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state"), "pi-fleet/roots");
}

/** From the home folder of the build host's user. */
function rootThere(pi: string): string {
  return `.local/state/pi-fleet/roots/${pi}`;
}

async function buildHere({ drv, pi, timeoutSeconds }: BuildArgs): Promise<void> {
  await mkdir(rootsHere(), { recursive: true });
  const argv = ["build", `${drv}^out`, "--out-link", join(rootsHere(), pi)];
  const result = await nix(argv, { timeoutSeconds, onLine: progress });
  if (result.exitCode !== 0) throw buildFailure(result.stderr, "this machine");
}

async function buildOver(target: Target, args: BuildArgs): Promise<void> {
  const { drv, pi, timeoutSeconds } = args;
  try {
    await withBuildHost(target, async (session) => {
      progress(`sending the derivation to ${target.name}`);
      const sent = await nix(["copy", "--derivation", "--to", storeUrl(target), drv], {
        env: { NIX_SSHOPTS: session.nixOptions(target) },
        timeoutSeconds,
      });
      if (sent.exitCode !== 0) throw new PhaseError("build", sendFailure(sent.stderr, target));
      progress(`building on ${target.name}`);
      const script =
        'mkdir -p "${2%/*}" && root=$2 drv=$1 && shift 2 && exec nix "$@" build "$drv" --out-link "$root"';
      const command = ["sh", "-c", script, "sh", `${drv}^out`, rootThere(pi), ...nixFeatures];
      const result = await remote(session, target, command, { timeoutSeconds, onLine: progress });
      if (result.exitCode !== 0) throw buildFailure(result.stderr, target.name);
    });
  } catch (error) {
    if (error instanceof SshError)
      throw new PhaseError("build", `the build host: ${error.message}`, { cause: error });
    throw error;
  }
}
