import { z } from "zod";
import { accountKey, publicKey } from "./keys.js";

export const systems = ["x86_64-linux", "aarch64-linux", "armv7l-linux"] as const;

/** The bundles of nix/profiles. */
export const profileNames = ["minimal", "common", "network", "main", "server", "work"] as const;

export const enable = z.boolean().default(true).describe("Whether it is on.");
const group = z.string().regex(/^[a-z_][a-z0-9_-]{0,30}$/, "a group name is a-z, 0-9, _ and -");
const unitName = z
  .string()
  .regex(/^[A-Za-z0-9@_.:][A-Za-z0-9@_.:\\-]*\.[a-z]+$/, "a unit with its kind, such as sshd.service");

export const fileOnPi = z.string().regex(/^\/[A-Za-z0-9_./-]+$/, "an absolute path of a file on the Pi");
const hostOrIp = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/, "a DNS name or an IP address");

const base = z
  .strictObject({
    generations: z.int().min(1).max(200).optional().describe("How many generations are kept; 10 by default."),
    collectGarbage: z.boolean().optional().describe("Collect garbage; on by default."),
    garbageDates: z
      .string()
      .regex(/^[^\n\r]+$/, "one line")
      .optional()
      .describe("When, as systemd.time(7) has it; weekly by default."),
    revision: z
      .string()
      .regex(/^[A-Za-z0-9._+-]{1,64}$/, "at most 64 letters, digits, . _ + and -")
      .optional()
      .describe(
        "What `nixos-version --configuration-revision` tells. A new one changes the Pi's whole system.",
      ),
    localJobs: z
      .int()
      .min(0)
      .max(64)
      .optional()
      .describe("How many builds the Pi itself runs at once; 1 by default, 0 if it has builders."),
  })
  .describe("Generations, garbage, Nix.");

const account = z
  .strictObject({
    keys: z
      .array(accountKey)
      .min(1, "give at least one public key: there are no passwords")
      .describe("Who logs in."),
    wheel: z.boolean().optional().describe("In wheel; see sudo.wheelWithoutPassword."),
    groups: z.array(group).optional().describe("Further groups, such as dialout."),
  })
  .describe("An account besides the one that deploys.");

const lowMemory = z
  .strictObject({
    enable,
    zramPercent: z
      .int()
      .min(0)
      .max(400)
      .optional()
      .describe("Swap in compressed memory, in per cent of the memory; 100 by default, 0 is none."),
    swapFileMiB: z
      .int()
      .min(64)
      .max(65536)
      .optional()
      .describe("A swap file on the card, used after zram; none by default. It wears the card."),
    documentation: z.boolean().optional().describe("Keep the manuals."),
  })
  .describe("For 1 GB or less; on by itself on a Pi 2, Pi 3 and Zero 2 W.");

const storage = z
  .strictObject({
    cardGiB: z.int().min(2).max(4096).optional().describe("The card's size, to check what is asked of it."),
    noatime: z.boolean().optional().describe("Reading a file writes nothing; on by default."),
    journal: z
      .enum(["persistent", "volatile"])
      .optional()
      .describe("The journal on the card, or in memory and lost at a reboot (the default with lowMemory)."),
    journalMaxMiB: z.int().min(1).max(65536).optional().describe("Its limit."),
    tmp: z.enum(["disk", "memory"]).optional().describe("Where /tmp is; on disk by default."),
    tmpSize: z
      .string()
      .regex(/^[1-9][0-9]*[%KMG]$/, "a size such as 256M, or a share of the memory such as 50%")
      .optional()
      .describe("The limit of a /tmp in memory; 50% by default."),
  })
  .describe("What is written to the card.");

const watchdog = z
  .strictObject({
    enable,
    seconds: z
      .int()
      .min(1)
      .max(15, "the watchdog of a Raspberry Pi waits 15 seconds at most")
      .optional()
      .describe("After how long without a sign of life the board resets itself; 10 by default."),
  })
  .describe("The board's watchdog.");

const builderCommon = {
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

const builder = z
  .discriminatedUnion("kind", [
    z
      .strictObject({ kind: z.literal("nixbuild"), ...builderCommon })
      .describe("nixbuild.net; add the Pi's public host key to your account there."),
    z
      .strictObject({
        kind: z.literal("ssh"),
        host: hostOrIp.describe("Its address."),
        user: z
          .string()
          .regex(/^[a-z_][a-z0-9_-]{0,30}$/, "a user name is a-z, 0-9, _ and -")
          .optional()
          .describe("The user there; nix-ssh on a machine with `serve`."),
        hostKey: publicKey.describe(
          "Its host key, as `ssh-keyscan -t ed25519 HOST` shows it: the daemon asks nobody.",
        ),
        protocol: z.enum(["ssh", "ssh-ng"]).optional().describe("ssh-ng by default."),
        features: z
          .array(z.string().regex(/^[a-z0-9-]+$/))
          .optional()
          .describe("Features that it has, such as big-parallel."),
        ...builderCommon,
      })
      .describe("Any machine with Nix."),
  ])
  .describe("A machine that builds for this Pi when the Pi asks.");

const cache = z
  .strictObject({
    url: z
      .string()
      .regex(
        /^(https?|ssh|ssh-ng|s3|file):\/\/[^\s]+$/,
        "a URL of a cache, such as https://example.cachix.org",
      ),
    publicKey: z
      .string()
      .regex(
        /^[^\s:]+:[A-Za-z0-9+/]{43}=$/,
        "the cache's public key, NAME:BASE64 with 44 characters of base64",
      ),
  })
  .describe("A substituter and the key that signs what is in it.");

const serve = z
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

const hil = z
  .strictObject({
    enable,
    toolchain: z.boolean().optional().describe("cargo and rustc too; on by default."),
    udevRules: z.string().max(65536).optional().describe("More udev rules."),
  })
  .describe("Hardware in the loop: probe-rs, espflash, debug probes and serial ports without root.");

const secretFile = z
  .strictObject({
    owner: group.default("root").describe("The user whose file it is."),
    group: group.default("root").describe("Its group."),
    mode: z
      .string({ error: '0400 in quotes: "0400"' })
      .regex(
        /^0[0246]{2}0$/,
        'octal, nothing for everybody and nothing to be executed, such as "0400" or "0640"',
      )
      .default("0400")
      .describe("Its rights."),
    units: z.array(unitName).default([]).describe("Units that are restarted when it changes."),
    age: z
      .string()
      .regex(
        /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[A-Za-z0-9_./-]+\.age$/,
        "a .age file below nix/, such as secrets/x.age",
      )
      .optional()
      .describe("A file below nix/ that is encrypted for the Pi's host key; a stack secret by default."),
  })
  .describe("A secret as a file of the Pi.");

/** What a host may say of its system besides board, network, runner and settings: `fleet.*` of nix/modules. */
export const systemOptions = {
  profiles: z
    .array(z.enum(profileNames))
    .default([])
    .describe("Bundles of nix/profiles: minimal, common, network, main, server, work."),
  base: base.optional(),
  users: z
    .record(z.string().regex(/^[a-z_][a-z0-9_-]{0,30}$/, "a user name is a-z, 0-9, _ and -"), account)
    .optional()
    .describe("More accounts, by name."),
  sudo: z
    .strictObject({
      wheelWithoutPassword: z
        .boolean()
        .optional()
        .describe("All of wheel becomes root without a password; otherwise only `user` does."),
      onlyActivation: z
        .boolean()
        .optional()
        .describe(
          "true: as root `user` can only activate systems that the fleet signed, and deliver tokens. false: all of sudo " +
            "again, and systems stay signed, as a Pi that was `true` wants. Absent: all of sudo, nothing is signed.",
        ),
    })
    .optional(),
  lowMemory: lowMemory.optional(),
  storage: storage.optional(),
  watchdog: watchdog.optional(),
  builders: z
    .array(builder)
    .optional()
    .describe("Machines that build for this Pi when it asks (the pull model)."),
  caches: z.array(cache).optional().describe("Substituters besides cache.nixos.org."),
  serve: serve.optional(),
  hil: hil.optional(),
  secrets: z
    .record(
      z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/, "a name of letters, digits, _ and -"),
      secretFile,
    )
    .default({})
    .describe(
      "Secrets for modules of your own, by the names of stack secrets: files /var/lib/pi-fleet-secrets/NAME, or " +
        "/run/pi-fleet-secrets/NAME with age. In Nix: config.fleet.secrets.NAME.path.",
    ),
};
