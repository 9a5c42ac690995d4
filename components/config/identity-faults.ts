import { keyIdentity } from "../ssh/public-key.js";
import type { Fault } from "./fault.js";
import { foldedAddress } from "./folded-address.js";
import { hostAddress, type HostConfig } from "./host.js";

type Hosts = Readonly<Record<string, HostConfig>>;

/** What must be one host's alone. Two hosts that share it are one machine, which each `up` would switch to and fro. */
interface Mark {
  readonly host: string;
  readonly option: readonly string[];
  /** The same for the same machine. */
  readonly value: string;
  /** What the two have in common, in words. */
  readonly shared: string;
}

/** Hosts that are one machine by what config says of them: by their host key or where they are reached. */
export function identityFaults(hosts: Hosts): Fault[] {
  const owners = new Map<string, string>();
  const told = new Set<string>();
  return Object.entries(hosts)
    .flatMap(([name, host]) => marksOf(name, host))
    .flatMap(({ host, option, value, shared }): Fault[] => {
      const owner = owners.get(value) ?? host;
      owners.set(value, owner);
      if (owner === host || told.has(`${owner} ${host} ${shared}`)) return [];
      told.add(`${owner} ${host} ${shared}`);
      return [{ path: ["hosts", host, ...option], message: `${owner} has the same ${shared}` }];
    });
}

function marksOf(host: string, config: HostConfig): Mark[] {
  const { hostKey, port, network } = config;
  const address = hostAddress(host, config);
  const ip = network.address?.split("/")[0];
  return [
    ...(hostKey
      ? [
          {
            ...{ host, option: ["hostKey"], value: keyIdentity(hostKey) },
            shared: "host key: they are one machine, or one card was copied to the other",
          },
        ]
      : []),
    {
      ...{ host, option: ["address"], value: machineAt(address, port) },
      shared: `address and port (${address} port ${port})`,
    },
    ...(ip === undefined
      ? []
      : [
          { host, option: ["network", "address"], value: machineAt(ip, port), shared: `address (${ip})` },
          { host, option: ["network", "address"], value: `static ${ip}`, shared: `address (${ip})` },
        ]),
  ];
}

/** Where ssh reaches a machine, in one spelling. */
export function machineAt(address: string, port: number): string {
  return `${foldedAddress(address)} port ${port}`;
}
