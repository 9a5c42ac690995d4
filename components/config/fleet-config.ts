import { z } from "zod";
import { hostName } from "./fields.js";
import { holderKey } from "./keys.js";
import { gitHubUrl } from "./runner.js";
import { host } from "./host.js";
import { buildHost } from "./build-host.js";
import { timeouts } from "./timeouts.js";
import { crossFaults } from "./cross-faults.js";

export const waves = z
  .strictObject({
    canary: z.array(z.string()).default([]).describe("Pis that go first, together, before all others."),
    size: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("How many Pis go at once after the canary; all by default."),
    pause: z
      .int()
      .min(0)
      .max(86400)
      .default(0)
      .describe("How long to wait after a wave that changed something, before the next begins. Seconds."),
    parallel: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("How many Pis of a wave are copied to and activated at once; all by default."),
  })
  .describe("The order of Pis. A wave starts only when each Pi of the one before is confirmed.");

export const only = z
  .strictObject({
    hosts: z.array(z.string()).default([]).describe("Names of Pis."),
    tags: z.array(z.string()).default([]).describe("Tags of Pis."),
  })
  .describe(
    "Limits every run to these Pis, until it is taken away; PI_FLEET_ONLY=tag:bench,NAME in the environment does it for one run.",
  );

const nix = z
  .strictObject({
    flake: z.string().default("nix").describe("The directory of the flake, from the project's directory."),
    overrideInputs: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_/-]*$/), z.string())
      .default({})
      .describe(
        "Inputs of the flake to replace, as `nix --override-input`; path:./x is from the project's directory.",
      ),
  })
  .describe("How the fleet is evaluated.");

const shape = z.strictObject({
  hosts: z
    .record(hostName, host)
    .refine((hosts) => Object.keys(hosts).length > 0, {
      error: "names no Pi, which would remove them all. To do that: pulumi destroy",
    })
    .describe("The Pis by host name."),
  keys: z
    .strictObject(
      {
        holders: z
          .array(holderKey, { error: noHolder })
          .min(1, { error: noHolder })
          .describe("Public keys whose private half you hold: your way in, whatever happens to the stack."),
        github: z
          .strictObject({
            url: gitHubUrl.default("https://github.com").describe("Where people see it."),
          })
          .prefault({})
          .describe("Which GitHub shows the keys of its users."),
      },
      { error: (issue) => (issue.input === undefined ? noHolder() : undefined) },
    )
    .describe("Who may log in."),
  buildHosts: z
    .record(hostName, buildHost)
    .default({})
    .describe("Build hosts by name; `local` is always there."),
  waves: waves.prefault({}),
  only: only.prefault({}),
  timeouts: timeouts.prefault({}),
  nix: nix.prefault({}),
});

/**
 * The whole stack config, `pi-fleet:KEY` each. Strict at every level. Secrets (`githubToken`) are not in it: they are
 * read apart and never validated by value.
 */
export const fleetConfig = shape.superRefine((config, ctx) => {
  for (const { path, message } of crossFaults(config)) ctx.addIssue({ code: "custom", path, message });
});

/** The validated stack config, defaults filled in. */
export type FleetConfig = z.output<typeof fleetConfig>;
export type FleetConfigInput = z.input<typeof fleetConfig>;

/** Config keys that are secrets: set with `pulumi config set --secret`. */
export const secretKeys = ["githubToken", "secrets"] as const;

function noHolder(): string {
  return (
    "give at least one public key that you hold, or you could be locked out of every Pi: " +
    'holders: ["ssh-ed25519 AAAA… you@laptop"] or [{file: ~/.ssh/id_ed25519.pub}]'
  );
}
