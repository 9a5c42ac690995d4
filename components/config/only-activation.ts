import type { HostConfig } from "./host.js";

type Hosts = Readonly<Record<string, Pick<HostConfig, "sudo" | "users">>>;

/**
 * Whether a host's systems are signed. That is so with `onlyActivation: false` too: a restricted Pi takes only signed
 * systems, and so the system that ends the restriction must be signed.
 */
export function isSigned({ sudo }: Pick<HostConfig, "sudo">): boolean {
  return sudo?.onlyActivation !== undefined;
}

/** One line that names the hosts on which nobody who logs in can become root; none when there is no such host. */
export function onlyActivationWarnings(hosts: Hosts): string[] {
  const names = Object.keys(hosts).filter((name) => nobodyIsRoot(hosts[name]!));
  if (names.length === 0) return [];
  return [
    `${names.join(", ")}: with sudo.onlyActivation nobody becomes root there, as far as this config says; if the stack's ` +
      "state is lost, only a new card helps. To keep a way in: users.YOU with wheel: true, and sudo.wheelWithoutPassword: true",
  ];
}

function nobodyIsRoot({ sudo, users }: Hosts[string]): boolean {
  const people = Object.values(users ?? {}).some(({ wheel }) => wheel);
  return sudo?.onlyActivation === true && !(people && sudo.wheelWithoutPassword);
}
