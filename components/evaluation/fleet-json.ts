import type { HostConfig } from "../config/host.js";
import { canonicalJson } from "../shared/canonical-json.js";
import { rootScripts } from "../on-pi/scripts.js";
import type { ForeignFlake } from "./foreign-flake.js";
import { networkForNix, systemForNix } from "./host-for-nix.js";
import { runnersForNix, type RunnerForNix } from "./runners-for-nix.js";

/** What the flake is told of one Pi. It has no secret, no value that is unknown in a preview and no key made for the Pi. */
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
  /** The user's own flake that has the Pi's system, in place of all the rest. */
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

/** The text of fleet.json: the hosts whose systems are in the project's flake, and the scripts that some of them install. */
export function fleetJson(hosts: Record<string, FleetHost>): string {
  const ofProject = hostsOfProject(hosts);
  const installed = Object.values(ofProject).some(({ fleet }) => fleet["signingKey"]);
  return canonicalJson({ hosts: ofProject, ...(installed ? { onPi: rootScripts() } : {}) });
}

/** The hosts whose systems are in the project's flake, not in a user's own. */
export function hostsOfProject(hosts: Record<string, FleetHost>): Record<string, FleetHost> {
  return Object.fromEntries(Object.entries(hosts).filter(([, host]) => !host.flake));
}
