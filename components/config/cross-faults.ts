import { didYouMean } from "../shared/did-you-mean.js";
import { boards } from "./boards.js";
import type { BuildHostConfig } from "./build-host.js";
import type { Fault } from "./fault.js";
import type { HostConfig } from "./host.js";
import { imageFaults, type Images } from "./images.js";
import { identityFaults } from "./identity-faults.js";
import { onlyFaults, type Only } from "./only.js";
import { runnerFaults } from "./runner-faults.js";

/** The parts of a config that refer to each other. */
export interface CrossChecked {
  readonly hosts: Readonly<Record<string, HostConfig>>;
  readonly buildHosts: Readonly<Record<string, BuildHostConfig>>;
  readonly waves: { readonly canary: readonly string[] };
  readonly only?: Only;
  readonly images?: Pick<Images, "build">;
  /** The names of all hosts, when `hosts` has only the valid hosts. */
  readonly allHosts?: readonly string[];
  /** The names of all build hosts, when `buildHosts` has only the valid ones. */
  readonly allBuildHosts?: readonly string[];
}

/**
 * Faults that no field shows alone: names that must exist elsewhere, and addresses, host keys and runner names that must
 * differ.
 */
export function crossFaults(config: CrossChecked): Fault[] {
  const { hosts, waves, only = { hosts: [], tags: [] }, images = { build: [] } } = config;
  const names = [...(config.allHosts ?? Object.keys(hosts))];
  return [
    ...buildHostFaults(config),
    ...identityFaults(hosts),
    ...runnerFaults(hosts),
    ...canaryFaults(waves.canary, names),
    ...onlyFaults(only, hosts, names),
    ...imageFaults(images, hosts, names),
  ];
}

/** A host's build host must exist and build the host's system. */
function buildHostFaults({ hosts, buildHosts, allBuildHosts }: CrossChecked): Fault[] {
  const names = ["local", ...(allBuildHosts ?? Object.keys(buildHosts))];
  return Object.entries(hosts).flatMap(([name, { board, buildHost, crossFrom }]): Fault[] => {
    if (!names.includes(buildHost)) {
      const message = `no build host has this name${didYouMean(buildHost, names)} There are: ${names.join(", ")}`;
      return [{ path: ["hosts", name, "buildHost"], message }];
    }
    const builder = buildHosts[buildHost];
    const system = crossFrom ?? boards[board].system;
    if (builder?.kind !== "ssh" || builder.systems.includes(system)) return [];
    const [option, needs] = crossFrom
      ? ["crossFrom", `cross-compiling needs ${system}`]
      : ["buildHost", `the board ${board} needs ${system}`];
    const message = `${needs}, and ${buildHost} builds ${builder.systems.join(", ")}`;
    return [{ path: ["hosts", name, option], message }];
  });
}

function canaryFaults(canary: readonly string[], names: readonly string[]): Fault[] {
  return canary.flatMap((name, index) =>
    names.includes(name)
      ? []
      : [{ path: ["waves", "canary", index], message: `no host has this name${didYouMean(name, names)}` }],
  );
}
