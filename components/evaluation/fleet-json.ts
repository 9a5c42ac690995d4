import type { HostConfig } from "../config/host.js";
import { canonicalJson } from "../shared/canonical-json.js";
import { rootScripts } from "../on-pi/scripts.js";
import type { ForeignFlake } from "./foreign-flake.js";
import { type HostForNix, hostForNix } from "./host-for-nix.js";
import { runnersForNix, type RunnerForNix } from "./runners-for-nix.js";

/** What the flake is told of one Pi. It has no secret, no value that is unknown in a preview and no key made for the Pi. */
export interface FleetHost extends HostForNix {
  readonly authorizedKeys: readonly string[];
  readonly runners: readonly RunnerForNix[];
  /** The user's own flake with the Pi's system. Then Nix uses nothing else of this host. */
  readonly flake?: ForeignFlake;
}

/**
 * The config of one host as the flake reads it from fleet.json.
 * @param signingKey the public key that signs this host's systems, if one does
 */
export function fleetHost(
  name: string,
  host: HostConfig,
  authorizedKeys: readonly string[],
  signingKey?: string,
): FleetHost {
  const { fleet, ...others } = hostForNix(host);
  return {
    ...others,
    authorizedKeys,
    fleet: { ...fleet, signingKey, ...keptHostKeys(host) },
    runners: runnersForNix(name, host),
    ...(host.flake ? { flake: { ref: host.flake.ref, attr: host.flake.attr ?? name } } : {}),
  };
}

/** A Pi that is adopted by another kind of host key than a first boot brings has to keep it: nix/modules/first-boot.nix. */
function keptHostKeys({ hostKey }: HostConfig): Record<string, unknown> {
  const other = hostKey !== undefined && !hostKey.startsWith("ssh-ed25519 ");
  return other ? { firstBoot: { onlyHostKey: false } } : {};
}

/**
 * The text of fleet.json: the hosts whose systems are in the project's flake, and the scripts that some of them install.
 * @param stack the stack's name, which only images have in them
 */
export function fleetJson(hosts: Record<string, FleetHost>, stack?: string): string {
  const ofProject = hostsOfProject(hosts);
  const installed = Object.values(ofProject).some(({ fleet }) => fleet["signingKey"]);
  return canonicalJson({
    hosts: ofProject,
    ...(installed ? { onPi: rootScripts() } : {}),
    ...(stack === undefined ? {} : { stack }),
  });
}

/** The flakes of the hosts whose systems are in a user's own. */
export function foreignFlakes(hosts: Record<string, FleetHost>): Record<string, ForeignFlake> {
  return Object.fromEntries(
    Object.entries(hosts).flatMap(([name, { flake }]) => (flake ? [[name, flake] as const] : [])),
  );
}

/** The hosts whose systems are in the project's flake, not in a user's own. */
export function hostsOfProject(hosts: Record<string, FleetHost>): Record<string, FleetHost> {
  return Object.fromEntries(Object.entries(hosts).filter(([, host]) => !host.flake));
}
