import { z } from "zod";
import { fileOnPi } from "./system-options.js";

export const ssid = z
  .string()
  .regex(/^\P{Cc}+$/u, "a network's name (SSID), without control characters")
  .refine((name) => Buffer.byteLength(name) <= 32, "a network's name (SSID) has at most 32 bytes");

export const secretName = z.string().regex(/^[A-Za-z0-9_]{1,64}$/, "a name of letters, digits and _");

/** Where a passphrase goes, instead of here. */
export const pskAdvice =
  "a Wi-Fi passphrase or its hash is a secret, and config and the Nix store are readable by many: set it with " +
  "pulumi config set --secret --path 'pi-fleet:secrets.NAME', and give NAME here as `secret`";

export const psk = z.never({ error: pskAdvice }).optional();
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
    interface: z
      .string()
      .regex(/^[a-z][a-z0-9]{0,14}$/)
      .optional()
      .describe("wlan0 by default."),
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
