import { z } from "zod";
import { fileOnPi, networkInterface, secretName } from "./fields.js";

const ssid = z
  .string()
  .regex(/^\P{Cc}+$/u, "a network's name (SSID), without control characters")
  .refine((name) => Buffer.byteLength(name) <= 32, "a network's name (SSID) has at most 32 bytes");

/** Where a passphrase goes, instead of into the config. */
export const pskAdvice =
  "a Wi-Fi passphrase or its hash is a secret, and config and the Nix store are readable by many: set it with " +
  "pulumi config set --secret --path 'pi-fleet:secrets.NAME', and give NAME here as `secret`";

const psk = z.never({ error: pskAdvice }).optional();

/** `hosts.NAME.network.wifi` */
export const wifi = z
  .strictObject({
    networks: z
      .record(
        ssid,
        z.strictObject({
          secret: secretName
            .optional()
            .describe("The stack secret with the passphrase; psk_ and the SSID by default."),
          open: z.boolean().optional().describe("There is no passphrase."),
          hidden: z.boolean().optional().describe("It does not announce itself."),
          priority: z.int().min(0).max(1000).optional().describe("The highest in reach is taken."),
          psk,
          pskRaw: psk,
        }),
      )
      .refine((networks) => Object.keys(networks).length > 0, "name at least one network"),
    interface: networkInterface.optional().describe("wlan0 by default."),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "a country of two capital letters, such as IT")
      .optional()
      .describe("Whose channels are allowed."),
    secretsFile: fileOnPi
      .optional()
      .describe(
        "A file on the Pi that you put there, with lines SECRET=passphrase, in place of stack secrets.",
      ),
  })
  .describe("Wi-Fi. The passphrases are stack secrets.");

/** Nix is told the name of each network's passphrase; null for an open network. */
export function wifiForNix(options: z.output<typeof wifi>) {
  const networks = Object.entries(options.networks).map(([name, { open, secret, ...network }]) => [
    name,
    { ...network, secret: passphraseName(name, { open, secret }) },
  ]);
  return { ...options, networks: Object.fromEntries(networks) as Record<string, unknown> };
}

/** The stack secret with a network's passphrase, or null for an open network. */
export function passphraseName(
  ssid: string,
  { open, secret }: { readonly open?: boolean | undefined; readonly secret?: string | undefined },
): string | null {
  return open ? null : (secret ?? `psk_${ssid.replace(/[^A-Za-z0-9]/g, "_")}`);
}
