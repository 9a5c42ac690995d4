import { z } from "zod";
import { buildHost } from "./build-host.js";
import { crossFaults } from "./cross-faults.js";
import { hostName } from "./fields.js";
import { host } from "./host.js";
import { images } from "./images.js";
import { keys } from "./keys.js";
import { nixOptions } from "./nix-options.js";
import { only } from "./only.js";
import { timeouts } from "./timeouts.js";
import { waves } from "./waves.js";

const shape = z.strictObject({
  hosts: z
    .record(hostName, host)
    .refine((hosts) => Object.keys(hosts).length > 0, {
      error: "names no Pi, which would remove them all. To do that: pulumi destroy",
    })
    .describe("The Pis by host name."),
  keys,
  buildHosts: z
    .record(hostName, buildHost)
    .default({})
    .describe("Build hosts by name; `local` is always there."),
  waves: waves.prefault({}),
  only: only.prefault({}),
  timeouts: timeouts.prefault({}),
  nix: nixOptions.prefault({}),
  images: images.prefault({}),
});

/**
 * The whole stack config; each key is a `pi-fleet:KEY`. An unknown key is a fault at every level. The secrets
 * (`secretKeys`) are not in it: they are read separately, and a fault never repeats them.
 */
export const fleetConfig = shape.superRefine((config, ctx) => {
  for (const { path, message } of crossFaults(config))
    ctx.addIssue({ code: "custom", path: [...path], message });
});

/** The validated stack config, defaults filled in. */
export type FleetConfig = z.output<typeof fleetConfig>;
/** The stack config as a person writes it. */
export type FleetConfigInput = z.input<typeof fleetConfig>;

/** Config keys that are secrets: set with `pulumi config set --secret`. */
export const secretKeys = ["githubToken", "secrets"] as const;
