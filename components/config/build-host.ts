import { z } from "zod";
import { address, port, user } from "./fields.js";
import { hostPublicKey } from "./keys.js";
import { systems } from "./systems.js";

/** An entry of `pi-fleet:buildHosts` */
export const buildHost = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("local") }).describe("This machine, native or by binfmt."),
    z
      .strictObject({
        kind: z.literal("ssh"),
        address,
        user: user
          .optional()
          .describe(
            "The user there, who must be a trusted user of its Nix; what your ssh config says by default.",
          ),
        port: port.optional(),
        hostKey: hostPublicKey.optional().describe("Its host key; your known_hosts decides by default."),
        systems: z
          .array(z.enum(systems))
          .min(1)
          .default(["x86_64-linux", "aarch64-linux"])
          .describe("What it can build, natively or by binfmt."),
      })
      .describe("Another Linux with Nix, reached over ssh with your own ssh identity."),
  ])
  .describe("Where toplevels are built.");

export type BuildHostConfig = z.output<typeof buildHost>;
