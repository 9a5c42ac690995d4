import type { HostConfig } from "../config/host.js";
import { passphraseName } from "../config/wifi.js";
import { type SecretFile } from "../protocol/secret-delivery.js";

/** Where secrets are files on a Pi. */
export const secretsDir = "/var/lib/pi-fleet-secrets";

/** One file that a host wants, and the stack secrets that it is made of. */
export interface WantedFile extends Omit<SecretFile, "content"> {
  /** `passphrases` has a line NAME=VALUE for each secret, `line` has one line, `any` is one secret as it is. */
  readonly kind: "passphrases" | "line" | "any";
  /** Each with the option of the host that refers to it. */
  readonly from: readonly { readonly secret: string; readonly option: string }[];
}

/** The files that a host refers to. A file that config places elsewhere is not among them. */
export function wantedFiles({ network, profiles, secrets }: HostConfig): WantedFile[] {
  const root = { owner: "root", group: "root", mode: "0400" };
  const { wifi, tailscale } = network;
  const passphrases = Object.entries(wifi?.networks ?? {}).flatMap(([ssid, one]) => {
    const secret = passphraseName(ssid, one);
    return secret === null ? [] : [{ secret, option: `network.wifi.networks.${ssid}` }];
  });
  const hasTailnet = tailscale?.enable ?? profiles.includes("network");
  const files = Object.entries(secrets).flatMap(([name, { age, ...options }]): WantedFile[] =>
    age ? [] : [{ ...options, name, kind: "any", from: [{ secret: name, option: `secrets.${name}` }] }],
  );
  if (passphrases.length > 0 && !wifi?.secretsFile) {
    const units = [`wpa_supplicant-${wifi?.interface ?? "wlan0"}.service`];
    const rights = { ...root, group: "wpa_supplicant", mode: "0640" };
    files.push({ ...rights, name: "wireless.conf", units, kind: "passphrases", from: passphrases });
  }
  if (hasTailnet && !tailscale?.authKeyFile) {
    const from = [{ secret: tailscale?.secret ?? "tailscale", option: "network.tailscale" }];
    files.push({
      ...root,
      name: "tailscale.key",
      units: ["tailscaled-autoconnect.service"],
      kind: "line",
      from,
    });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The names of the stack's secrets that go to a host. */
export function secretNames(host: HostConfig, stackSecrets: readonly string[]): string[] {
  const names = wantedFiles(host).flatMap(({ from }) => from.map(({ secret }) => secret));
  return [...new Set(names)].filter((name) => stackSecrets.includes(name));
}
