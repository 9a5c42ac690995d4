import { hostOptionList } from "../config/host-options.js";
import type { HostConfig } from "../config/host.js";

/** What Nix is told of a host's options, besides its runners. */
export interface HostForNix {
  /** NixOS options `fleet.NAME`, of nix/modules. An option that the host leaves out has its module's default. */
  readonly fleet: Readonly<Record<string, unknown>>;
  /** The options that nix/lib/host.nix reads. */
  readonly [option: string]: unknown;
}

/** Puts each option where its reader finds it, as config/host-options.ts says. */
export function hostForNix(host: HostConfig): HostForNix {
  return { ...toldTo("flake", host), fleet: toldTo("module", host) };
}

function toldTo(who: "flake" | "module", host: HostConfig): Record<string, unknown> {
  return Object.fromEntries(
    hostOptionList
      .filter(([, { reader }]) => reader === who)
      .map(([name, option]) => [name, option.toNix ? option.toNix(host[name], host.board) : host[name]]),
  );
}
