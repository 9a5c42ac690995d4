import { z } from "zod";
import { enable } from "./fields.js";
import { publicKey } from "./keys.js";
import { systems } from "./systems.js";

/** `hosts.NAME.serve` */
export const serve = z
  .strictObject({
    enable,
    keys: z
      .array(publicKey)
      .min(1, "give the public keys of the machines that may build here")
      .describe("Public keys of those machines' Nix daemons, by default their ssh host keys."),
    write: z.boolean().optional().describe("They may build; on by default."),
    trusted: z.boolean().optional().describe("They may add what nobody signed, and so are root here."),
    emulate: z.array(z.enum(systems)).optional().describe("Foreign systems built by emulation."),
    maxJobs: z.int().min(1).max(1000).optional().describe("Builds at once; 4 by default."),
  })
  .describe("This machine builds for others, as the user nix-ssh.");
