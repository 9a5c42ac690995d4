import { z } from "zod";

/** The files of nix/profiles; a test compares them. */
export const profileNames = ["minimal", "common", "network", "main", "server", "work"] as const;

/** `hosts.NAME.profiles` */
export const profiles = z
  .array(z.enum(profileNames))
  .default([])
  .describe("Bundles of nix/profiles: minimal, common, network, main, server, work.");
