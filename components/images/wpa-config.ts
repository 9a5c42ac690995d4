import type { HostInFleetJson } from "../protocol/first-boot.js";

type Wifi = NonNullable<HostInFleetJson["network"]["wifi"]>;

const wpa2 = ["WPA-PSK", "WPA-PSK-SHA256", "FT-PSK"];
const wpa3 = ["SAE", "FT-SAE"];

/**
 * Networks as wpa_supplicant.conf(5) has them. The passphrases stay in a file of their own, with a line NAME=passphrase each.
 *
 * A radio that fails at WPA3 gets each network a second time without it, as with NixOS's own
 * networking.wireless.fallbackToWPA2.
 */
export function wpaConfig({ networks, country }: Wifi, secretsFile: string): string {
  return [
    ...(country ? [`country=${country}`] : []),
    "pmf=1",
    `ext_password_backend=file:${secretsFile}`,
    ...Object.entries(networks).flatMap(([ssid, { secret, hidden, priority = 0 }]) => {
      const common = [`ssid=${Buffer.from(ssid).toString("hex")}`, ...(hidden ? ["scan_ssid=1"] : [])];
      if (!secret) return block([...common, "key_mgmt=NONE", `priority=${2 * priority}`]);
      const withSecret = [...common, `psk=ext:${secret}`];
      return [
        ...block([...withSecret, `key_mgmt=${[...wpa2, ...wpa3].join(" ")}`, `priority=${2 * priority + 1}`]),
        ...block([...withSecret, `key_mgmt=${wpa2.join(" ")}`, `priority=${2 * priority}`]),
      ];
    }),
    "",
  ].join("\n");
}

function block(lines: readonly string[]): string[] {
  return ["network={", ...lines.map((line) => `  ${line}`), "}"];
}
