import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FleetConfig } from "../config/fleet-config.js";
import { noNix } from "../nix/nix-error.js";
import { isOnPath } from "../shared/is-on-path.js";
import { resolveLocal } from "../shared/local-path.js";

/**
 * Says why nothing can be evaluated on this machine, before anything is touched. `undefined` when it can: there is `nix`
 * on PATH, and, for the hosts whose system is from the project's flake, there is that flake with its lock.
 */
export function evaluationFault(hosts: FleetConfig["hosts"], config: FleetConfig["nix"]): string | undefined {
  if (!isOnPath("nix")) return noNix;
  if (Object.values(hosts).every(({ flake }) => flake)) return undefined;
  const flake = resolveLocal(config.flake);
  if (!existsSync(join(flake, "flake.nix"))) {
    return `pi-fleet:nix.flake: there is no flake.nix in ${config.flake}, looked for at ${flake}.`;
  }
  if ("nixpkgs" in config.overrideInputs || existsSync(join(flake, "flake.lock"))) return undefined;
  return (
    `${config.flake}/flake.lock is missing, so every run would take another nixpkgs. Run this once and commit the file:\n` +
    `  nix --extra-experimental-features 'nix-command flakes' flake lock ${/^[/~]/.test(config.flake) ? flake : `./${config.flake}`}`
  );
}
