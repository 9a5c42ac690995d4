import { type NamedBuildHost } from "../../../components/protocol/build-host.js";

/** What several of Nix's command lines have in common. */
export const flakes = ["--extra-experimental-features", "nix-command flakes"];

export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

export const nas: NamedBuildHost = {
  name: "nas",
  config: { kind: "ssh", address: "nas.local", user: "me", port: 2222, hostKey, systems: [] },
};

/** The ssh options of a session with a pinned host whose connections are given these seconds. */
export function pinnedOptions(name: string, connectSeconds: number): string[] {
  return [
    ...["BatchMode=yes", "StrictHostKeyChecking=yes", `ConnectTimeout=${connectSeconds}`],
    ...["ServerAliveInterval=5", "ServerAliveCountMax=3"],
    ...[`UserKnownHostsFile=SESSION/${name}.known`, "GlobalKnownHostsFile=/dev/null"],
    ...[`HostKeyAlias=${name}`, "UpdateHostKeys=no"],
  ].flatMap((option) => ["-o", option]);
}

export const nasOptions = [...pinnedOptions("nas", 15), "-p", "2222"];
