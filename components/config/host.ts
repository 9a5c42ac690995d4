import { z } from "zod";
import { systems, systemOptions } from "./system-options.js";
import { settings } from "./settings.js";
import { publicKey } from "./keys.js";
import { runner, furtherRunner } from "./runner.js";
import { reboot } from "./reboot.js";
import { network } from "./network.js";
import { address, user, port } from "./fields.js";
import { boardNames, refusedBoards } from "./boards.js";
import { systemFaults } from "./host-faults.js";

export const moduleFile = z
  .string()
  .regex(
    /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[A-Za-z0-9_./-]+\.nix$/,
    "a .nix file below nix/, such as hosts/pi4/configuration.nix",
  );

export const health = z
  .strictObject({
    units: z
      .array(z.string().regex(/^[A-Za-z0-9@_.:\\-]+\.[a-z]+$/, "a unit with its kind, such as sshd.service"))
      .default([])
      .describe(
        "Units that must be active in the new system, besides that no unit fails that did not fail before.",
      ),
    check: z
      .string()
      .regex(/^[^\n]+$/, "one line of sh")
      .optional()
      .describe("A command that must succeed on the Pi, as root, before the new system is confirmed."),
  })
  .describe("What makes a new system a healthy one; else the Pi returns to its old one.");

export const foreignFlake = z
  .strictObject({
    ref: z
      .string()
      .regex(/^[^\s#]+$/, "a flake reference without #, such as github:me/nixos-config or ./my-flake")
      .describe("The flake; ./x is from the project's directory."),
    attr: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/, "the name of one of its nixosConfigurations")
      .optional()
      .describe("Which of its nixosConfigurations; the host's name by default."),
  })
  .describe("A flake of your own, which says all of this Pi's system in place of nix/.");

export const hostShape = z
  .strictObject({
    board: z
      .enum(boardNames, { error: (issue) => refusedBoard(issue.input) })
      .describe("Which board it is: decides kernel, bootloader and system."),
    address: address.optional().describe("Where ssh reaches it; NAME.local by default."),
    user: user.default("pi").describe("The user that deploys: root, or one with passwordless sudo."),
    port: port.default(22).describe("The port of sshd."),
    hostKey: publicKey
      .optional()
      .describe(
        "The host key of a Pi that already runs (adoption); absent, one is made and travels with the card.",
      ),
    buildHost: z.string().default("local").describe("Which of buildHosts builds it; local is this machine."),
    crossFrom: z
      .enum(systems)
      .optional()
      .describe(
        "The system that it is cross-compiled on; by default it is built on its own system, which has a binary cache.",
      ),
    modules: z.array(moduleFile).default([]).describe("NixOS modules below nix/, besides the common ones."),
    flake: foreignFlake.optional(),
    ...systemOptions,
    settings: settings.default({}).describe("NixOS options as data, e.g. {time: {timeZone: Europe/Rome}}."),
    network: network.prefault({}),
    tags: z
      .array(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a tag is a-z, 0-9 and -"))
      .default([])
      .describe("Words by which a run can be limited to some Pis: see only."),
    goal: z
      .enum(["switch", "boot"])
      .default("switch")
      .describe(
        "switch: run the new system now and boot it; boot: boot it from the next restart on, and leave the running one.",
      ),
    health: health.prefault({}),
    reboot: reboot.prefault({}),
    runner: runner.optional(),
    runners: z.array(furtherRunner).default([]).describe("More runners on this Pi."),
  })
  .describe("One Pi.");

/** One entry of `hosts`. */
export const host = hostShape.superRefine((value, ctx) => {
  for (const { path, message } of systemFaults(value)) ctx.addIssue({ code: "custom", path, message });
});

export function refusedBoard(input: unknown): string | undefined {
  return typeof input === "string" ? refusedBoards[input] : undefined;
}

/** The address that ssh uses for a host. */
export function hostAddress(name: string, config: { address?: string | undefined }): string {
  return config.address ?? `${name}.local`;
}

export type HostConfig = z.output<typeof hostShape>;
export type HostInput = z.input<typeof host>;
