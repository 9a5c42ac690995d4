import { PhaseError } from "../protocol/phase-error.js";
import type { Target } from "../ssh/target.js";
import { nixError } from "./nix-error.js";
import { noNixThere } from "./no-nix-there.js";
import { noisyShell } from "./noisy-shell.js";
import { missingSystem } from "./missing-system.js";

/** Explains why a derivation did not get to a build host. */
export function sendFailure(stderr: string, target: Target): string {
  const where = `the build host ${target.name} (${target.address})`;
  return `${noNixThere(target, stderr)}${noisyShell(target, stderr)}the derivation could not be sent to ${where}:\n${nixError(stderr)}`;
}

/**
 * Explains a failed build with Nix's error, and with what to do where that is known.
 * @param where the machine that it failed on, as a person calls it
 */
export function buildFailure(stderr: string, where: string): PhaseError {
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
  return new PhaseError(
    "build",
    `${noNixThere({ name: where }, stderr)}the build failed on ${where}:\n${nixError(stderr)}`,
  );
}
