import { isIPv6 } from "node:net";
import { z } from "zod";
import { boards, type Board } from "./boards.js";
import { accountName, fileOnPi } from "./fields.js";
import { hostPublicKey } from "./keys.js";
import { systems } from "./systems.js";

const common = {
  systems: z
    .array(z.enum(systems))
    .min(1)
    .optional()
    .describe("What it builds; the Pi's own system by default."),
  maxJobs: z.int().min(1).max(1000).optional().describe("How many builds it is given at once."),
  speedFactor: z.int().min(1).max(1000).optional().describe("How fast it is beside the others."),
  sshKeyFile: fileOnPi
    .optional()
    .describe("The private key that the Pi's Nix daemon logs in with; its ssh host key by default."),
};

const hostOrIp = z
  .string()
  .regex(/^(::)?[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/, "a DNS name or an IP address")
  .refine((text) => !text.includes(":") || isIPv6(text), "an address without a port");

const builder = z
  .discriminatedUnion("kind", [
    z
      .strictObject({ kind: z.literal("nixbuild"), ...common })
      .describe("nixbuild.net; add the Pi's public host key to your account there."),
    z
      .strictObject({
        kind: z.literal("ssh"),
        host: hostOrIp.describe("Its address."),
        user: accountName.optional().describe("The user there; nix-ssh on a machine with `serve`."),
        hostKey: hostPublicKey.describe(
          "Its host key, as `ssh-keyscan -t ed25519 HOST` shows it: the daemon asks nobody.",
        ),
        protocol: z.enum(["ssh", "ssh-ng"]).optional().describe("ssh-ng by default."),
        features: z
          .array(z.string().regex(/^[a-z0-9-]+$/))
          .optional()
          .describe("Features that it has, such as big-parallel."),
        ...common,
      })
      .describe("Any machine with Nix."),
  ])
  .describe("A machine that builds for this Pi when the Pi asks.");

/** `hosts.NAME.builders` */
export const builders = z
  .array(builder)
  .describe("Machines that build for this Pi when it asks (the pull model).");

/** The same for every account: https://docs.nixbuild.net/getting-started */
const nixbuild = {
  host: "eu.nixbuild.net",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPIQCZc54poJ8vqawd8TraNryQeJnvH1eLpIDgbiqymM",
  protocol: "ssh",
  user: "root",
  maxJobs: 100,
  features: ["benchmark", "big-parallel"],
};

/** Nix knows one kind of builder, and needs the systems that each builds. */
export function buildersForNix(options: z.output<typeof builders>, board: Board) {
  return options.map(({ kind, ...given }) => ({
    systems: [boards[board].system],
    ...(kind === "nixbuild" ? nixbuild : {}),
    ...given,
  }));
}
