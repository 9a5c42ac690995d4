import { boards } from "../config/boards.js";
import type { HostConfig } from "../config/host.js";
import { passphraseName } from "../secrets/secret-files.js";

// https://docs.nixbuild.net/getting-started: the same for every account.
const nixbuild = {
  host: "eu.nixbuild.net",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPIQCZc54poJ8vqawd8TraNryQeJnvH1eLpIDgbiqymM",
  protocol: "ssh",
  user: "root",
  maxJobs: 100,
  features: ["benchmark", "big-parallel"],
};

type Builder = NonNullable<HostConfig["builders"]>[number];
type Networks = NonNullable<HostConfig["network"]["wifi"]>["networks"];

/** The options `fleet.*` of nix/modules that a host sets. What it leaves out has the modules' own defaults. */
export function systemForNix(host: HostConfig): Record<string, unknown> {
  const { base, users, sudo, lowMemory, storage, watchdog, builders, caches, serve, hil, secrets } = host;
  const onPi = storage && { ...storage, cardGiB: undefined };
  const own = boards[host.board].system;
  return {
    ...base,
    users,
    sudo,
    lowMemory,
    storage: onPi,
    watchdog,
    builders: builders?.map((builder) => builderForNix(builder, own)),
    caches,
    serve,
    hil,
    secrets: Object.keys(secrets).length > 0 ? secrets : undefined,
  };
}

function builderForNix({ kind, ...given }: Builder, own: string): Record<string, unknown> {
  return { systems: [own], ...(kind === "nixbuild" ? nixbuild : {}), ...given };
}

/** `fleet.network` of nix/modules. */
export function networkForNix({
  wifi,
  tailscale,
  ...network
}: HostConfig["network"]): Record<string, unknown> {
  return {
    ...network,
    wifi: wifi && { ...wifi, networks: networksForNix(wifi.networks) },
    tailscale: tailscale && { ...tailscale, secret: undefined },
  };
}

function networksForNix(networks: Networks): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(networks).map(([ssid, { open, secret, ...network }]) => [
      ssid,
      { ...network, secret: passphraseName(ssid, { open, secret }) },
    ]),
  );
}
