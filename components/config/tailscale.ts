import { z } from "zod";
import { enable, fileOnPi, hasCredentials, secretName } from "./fields.js";

/** `hosts.NAME.network.tailscale` */
export const tailscale = z
  .strictObject({
    enable,
    loginServer: z
      .url({ protocol: /^https?$/, error: "the URL of your headscale" })
      .refine((url) => !hasCredentials(url), "the URL of your headscale, without a user and password")
      .optional()
      .describe("A headscale; Tailscale's own by default."),
    secret: secretName.optional().describe("The stack secret with the auth key; tailscale by default."),
    authKeyFile: fileOnPi
      .optional()
      .describe("A file on the Pi that you put there, in place of a stack secret."),
    tags: z.array(z.string().regex(/^tag:[A-Za-z0-9-]+$/, "a tag such as tag:ci")).optional(),
    authKey: z
      .never({
        error:
          "an auth key is a secret: set it with pulumi config set --secret --path 'pi-fleet:secrets.tailscale'",
      })
      .optional(),
  })
  .describe("A tailnet. Its key is a stack secret.");

/** Nix is not told the name of the stack secret. It reads a file, which always has the same name. */
export function tailscaleForNix(options: z.output<typeof tailscale>) {
  return { ...options, secret: undefined };
}
