import { z } from "zod";
import { base } from "./base.js";
import { boardNames, refusedBoards } from "./boards.js";
import { builders, buildersForNix } from "./builders.js";
import { caches } from "./caches.js";
import { address, port, user } from "./fields.js";
import { health } from "./health.js";
import { hil } from "./hil.js";
import { type HostOption, hostOption } from "./host-option.js";
import { hostPublicKey } from "./keys.js";
import { lowMemory } from "./low-memory.js";
import { modules } from "./modules.js";
import { network, networkForNix } from "./network.js";
import { ownFlake } from "./own-flake.js";
import { profiles } from "./profiles.js";
import { reboot } from "./reboot.js";
import { furtherRunner, runner } from "./runner.js";
import { areStackSecrets, secrets, secretsForNix } from "./secrets.js";
import { serve } from "./serve.js";
import { settings } from "./settings.js";
import { storage, storageForNix } from "./storage.js";
import { sudo } from "./sudo.js";
import { systems } from "./systems.js";
import { users } from "./users.js";
import { watchdog } from "./watchdog.js";

const deployer = { reader: "deployer" } as const;
const flake = { reader: "flake" } as const;
const runners = { reader: "runners" } as const;
const always = () => true;

/**
 * The options of a host: `hosts.NAME.OPTION`. A new one needs an entry here, and code in its `reader`. This table
 * decides the schema and the JSON Schema, what Nix is told (evaluation/host-for-nix.ts), and what a host with a flake
 * of its own may not set (host-faults.ts). Editors and faults list the options in this order.
 */
export const hostOptions = {
  board: hostOption(
    z
      .enum(boardNames, {
        error: ({ input }) => (typeof input === "string" ? refusedBoards[input] : undefined),
      })
      .describe("Which board it is: decides kernel, bootloader and system."),
    { ...flake, withOwnFlake: always },
  ),
  address: hostOption(address.optional().describe("Where ssh reaches it; NAME.local by default."), deployer),
  user: hostOption(
    user.default("pi").describe("The user that deploys: root, or one with passwordless sudo."),
    { ...flake, withOwnFlake: always },
  ),
  port: hostOption(
    port
      .default(22)
      .describe("The port of sshd, here and on the Pi; a new one takes the old one's place there."),
    { toNix: (value) => (value === 22 ? undefined : value), withOwnFlake: always },
  ),
  hostKey: hostOption(
    hostPublicKey
      .optional()
      .describe(
        "The host key of a Pi that already runs (adoption); absent, one is made and travels with the card.",
      ),
    deployer,
  ),
  buildHost: hostOption(
    z.string().default("local").describe("Which of buildHosts builds it; local is this machine."),
    deployer,
  ),
  crossFrom: hostOption(
    z
      .enum(systems)
      .optional()
      .describe(
        "The system that it is cross-compiled on; by default it is built on its own system, which has a binary cache.",
      ),
    flake,
  ),
  modules: hostOption(modules, flake),
  flake: hostOption(ownFlake.optional(), deployer),
  profiles: hostOption(profiles, flake),
  base: hostOption(base.optional()),
  users: hostOption(users.optional()),
  sudo: hostOption(sudo.optional()),
  lowMemory: hostOption(lowMemory.optional()),
  storage: hostOption(storage.optional(), { toNix: (value) => value && storageForNix(value) }),
  watchdog: hostOption(watchdog.optional()),
  builders: hostOption(builders.optional(), {
    toNix: (value, board) => value && buildersForNix(value, board),
  }),
  caches: hostOption(caches.optional()),
  serve: hostOption(serve.optional()),
  hil: hostOption(hil.optional()),
  secrets: hostOption(secrets, { toNix: secretsForNix, withOwnFlake: areStackSecrets }),
  settings: hostOption(
    settings.default({}).describe("NixOS options as data, e.g. {time: {timeZone: Europe/Rome}}."),
    flake,
  ),
  network: hostOption(network.prefault({}), { ...flake, toNix: networkForNix }),
  tags: hostOption(
    z
      .array(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a tag is a-z, 0-9 and -"))
      .default([])
      .describe("Words by which a run can be limited to some Pis: see only."),
    deployer,
  ),
  goal: hostOption(
    z
      .enum(["switch", "boot"])
      .default("switch")
      .describe(
        "switch: run the new system now and boot it; boot: boot it from the next restart on, and leave the running one.",
      ),
    deployer,
  ),
  health: hostOption(health.prefault({}), deployer),
  reboot: hostOption(reboot.prefault({}), deployer),
  runner: hostOption(runner.optional(), runners),
  runners: hostOption(z.array(furtherRunner).default([]).describe("More runners on this Pi."), runners),
} satisfies Record<string, HostOption>;

type HostOptions = typeof hostOptions;
type HostOptionName = keyof HostOptions;

/** The table as a list. */
export const hostOptionList = Object.entries(hostOptions) as [HostOptionName, HostOption][];

/** One entry of `hosts`, before its options are checked against each other (host.ts). */
export const hostShape = z
  .strictObject(
    Object.fromEntries(hostOptionList.map(([name, { schema }]) => [name, schema])) as {
      [Name in HostOptionName]: HostOptions[Name]["schema"];
    },
  )
  .describe("One Pi.");
