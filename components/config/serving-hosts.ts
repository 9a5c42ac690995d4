import type { BuildHostConfig } from "./build-host.js";
import { keyIdentity } from "../ssh/public-key.js";
import { hostAddress, type HostConfig } from "./host.js";
import { machineAt } from "./identity-faults.js";

/** The parts of a config that say who builds. */
interface Builds {
  readonly hosts: Readonly<Record<string, HostConfig>>;
  readonly buildHosts: Readonly<Record<string, BuildHostConfig>>;
}

/**
 * The names of the hosts that build for others and so are build hosts too: a NAS that is one of the fleet. Other Pis copy
 * from it, so it must not be switched or rebooted meanwhile.
 */
export function servingHosts({ hosts, buildHosts }: Builds): string[] {
  return Object.keys(hosts).filter((name) =>
    Object.entries(hosts).some(([other, { buildHost }]) => {
      const builder = buildHosts[buildHost];
      return other !== name && builder !== undefined && isSameMachine(name, hosts[name]!, builder);
    }),
  );
}

function isSameMachine(name: string, host: HostConfig, builder: BuildHostConfig): boolean {
  if (builder.kind !== "ssh") return false;
  const { hostKey } = host;
  if (hostKey && builder.hostKey && keyIdentity(hostKey) === keyIdentity(builder.hostKey)) return true;
  return machineAt(hostAddress(name, host), host.port) === machineAt(builder.address, builder.port ?? 22);
}
