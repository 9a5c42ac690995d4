import type { HostConfig } from "../config/host.js";
import { canonicalJson } from "../shared/canonical-json.js";
import { rootScripts } from "../on-pi/scripts.js";
import type { ForeignFlake } from "./foreign-flake.js";
import { networkForNix, systemForNix } from "./host-for-nix.js";
import { runnersForNix, type RunnerForNix } from "./runners-for-nix.js";

/** What the flake is told of one Pi: no secret, nothing unknown, nothing made per Pi. */
export interface FleetHost {
  readonly board: string;
  /** The system that it is cross-compiled on, if it is. */
  readonly crossFrom?: string;
  readonly modules: readonly string[];
  readonly user: string;
  readonly authorizedKeys: readonly string[];
  readonly profiles: readonly string[];
  readonly network: Record<string, unknown>;
  readonly fleet: Record<string, unknown>;
  readonly runners: readonly RunnerForNix[];
  readonly settings: HostConfig["settings"];
  /** A flake that says all of it instead. */
  readonly flake?: ForeignFlake;
}

/**
 * The config as the flake reads it from fleet.json.
 * @param signingKey the public key that signs this host's systems, if one does
 */
export function fleetHost(
  name: string,
  host: HostConfig,
  authorizedKeys: readonly string[],
  signingKey?: string,
): FleetHost {
  return {
    board: host.board,
    ...(host.crossFrom ? { crossFrom: host.crossFrom } : {}),
    modules: host.modules,
    user: host.user,
    authorizedKeys,
    profiles: host.profiles,
    network: networkForNix(host.network),
    fleet: { ...systemForNix(host), signingKey },
    runners: runnersForNix(name, host),
    settings: host.settings,
    ...(host.flake ? { flake: { ref: host.flake.ref, attr: host.flake.attr ?? name } } : {}),
  };
}

/** The text of fleet.json: the hosts whose systems are in nix/, and the scripts that some of them bring along. */
export function fleetJson(hosts: Record<string, FleetHost>): string {
  const own = ownHosts(hosts);
  const installed = Object.values(own).some(({ fleet }) => fleet["signingKey"]);
  return canonicalJson({ hosts: own, ...(installed ? { onPi: rootScripts() } : {}) });
}

export function ownHosts(hosts: Record<string, FleetHost>): Record<string, FleetHost> {
  return Object.fromEntries(Object.entries(hosts).filter(([, host]) => !host.flake));
}
