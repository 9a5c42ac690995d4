import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { missingSystem, nix, nixError, nixFeatures } from "./nix.js";
import { PhaseError, type NamedBuildHost } from "./outcome.js";
import { progress } from "./progress.js";
import { destination, remote, SshError, SshSession, type Target } from "./ssh.js";

/** The build host as something to log in to, or `undefined` for this machine. */
export function buildHostTarget({ name, config }: NamedBuildHost): Target | undefined {
  return config.kind === "local" ? undefined : { ...config, name };
}

export interface BuildArgs {
  readonly drv: string;
  readonly pi: string;
  readonly timeoutSeconds: number;
}

/**
 * Builds a derivation where `buildHost` says and keeps the result from its garbage collector until the Pi's next one.
 * @throws PhaseError with Nix's own reason, and what to do when the host can't build the system.
 */
export async function build(buildHost: NamedBuildHost, args: BuildArgs): Promise<void> {
  const target = buildHostTarget(buildHost);
  return target ? buildOver(target, args) : buildHere(args);
}

async function buildHere({ drv, pi, timeoutSeconds }: BuildArgs): Promise<void> {
  const roots = join(process.env["XDG_STATE_HOME"] ?? join(homedir(), ".local/state"), "pi-fleet/roots");
  await mkdir(roots, { recursive: true });
  const result = await nix(["build", `${drv}^out`, "--out-link", join(roots, pi)], {
    timeout: timeoutSeconds * 1000,
    onLine: progress,
  });
  if (result.exitCode !== 0) throw buildFailure(result.stderr, "this machine");
}

async function buildOver(target: Target, args: BuildArgs): Promise<void> {
  const { drv, pi, timeoutSeconds } = args;
  try {
    await SshSession.with(undefined, 15, async (session) => {
      await session.trust(target);
      progress(`sending the derivation to ${target.name}`);
      const sent = await nix(["copy", "--derivation", "--to", `ssh-ng://${destination(target)}`, drv], {
        env: { NIX_SSHOPTS: session.options(target).join(" ") },
        timeout: timeoutSeconds * 1000,
      });
      if (sent.exitCode !== 0) throw new PhaseError("build", sendFailure(sent.stderr, target));
      progress(`building on ${target.name}`);
      const script =
        'mkdir -p "${2%/*}" && root=$2 drv=$1 && shift 2 && exec nix "$@" build "$drv" --out-link "$root"';
      const root = `.local/state/pi-fleet/roots/${pi}`;
      const command = ["sh", "-c", script, "sh", `${drv}^out`, root, ...nixFeatures];
      const result = await remote(session, target, command, { timeoutSeconds, onLine: progress });
      if (result.exitCode !== 0) throw buildFailure(result.stderr, target.name);
    });
  } catch (error) {
    if (error instanceof SshError) throw new PhaseError("build", `the build host: ${error.message}`);
    throw error;
  }
}

function sendFailure(stderr: string, target: Target): string {
  return `the derivation could not be sent to the build host ${target.name} (${target.address}):\n${nixError(stderr)}`;
}

/** Nix's error with, where it is known, what to do. */
function buildFailure(stderr: string, where: string): PhaseError {
  const system = missingSystem(stderr);
  if (system) {
    return new PhaseError(
      "build",
      `${where} can't build for ${system}. On NixOS set boot.binfmt.emulatedSystems = [ "${system}" ]; on another Linux ` +
        `install qemu-user-static (binfmt) and add extra-platforms = ${system} to its nix.conf; or name another buildHost.`,
    );
  }
  if (/Exec format error/.test(stderr)) {
    return new PhaseError(
      "build",
      `${where} is told to build for a foreign system but can't run its programs (Exec format error): binfmt with qemu-user ` +
        `is not registered, or not with the F flag. On Debian: apt install qemu-user-static.\n${nixError(stderr, 4)}`,
    );
  }
  return new PhaseError("build", `the build failed on ${where}:\n${nixError(stderr)}`);
}
