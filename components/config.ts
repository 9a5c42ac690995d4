import { z } from "zod";
import { boardNames, boards, refusedBoards } from "./boards.js";
import { nearest } from "./faults.js";
import { publicKeyFault } from "./public-key.js";

const hostName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "a host name is 1 to 63 of a-z, 0-9 and -, and starts and ends with a letter or digit (RFC 1123)",
  );

const address = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._:%-]*[A-Za-z0-9])?$/,
    "an IP address, a DNS name, or a Host alias of your ssh config",
  );

const user = z
  .string()
  .regex(
    /^[a-z_][a-z0-9_-]{0,30}$/,
    "a user name is a-z, 0-9, _ and -, and starts with a letter (useradd(8))",
  );

const port = z.int().min(1).max(65535);

const publicKey = z.string().superRefine((line, ctx) => {
  const fault = publicKeyFault(line);
  if (fault) ctx.addIssue({ code: "custom", message: fault, input: line });
});

const holderKey = z.union(
  [publicKey, z.strictObject({ file: z.string().min(1).describe("A .pub file; ~ is your home.") })],
  {
    error: (issue) =>
      (typeof issue.input === "string" ? publicKeyFault(issue.input) : undefined) ??
      "an OpenSSH public key (ssh-ed25519 AAAA… you@laptop), or {file: ~/.ssh/id_ed25519.pub}",
  },
);

const seconds = (fallback: number, meaning: string) =>
  z.int().min(1).max(86400).default(fallback).describe(`${meaning} Seconds.`);

const cidr = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, "an IPv4 address with its prefix, such as 192.168.1.122/24")
  .refine(
    (value) => {
      const [ip, prefix] = value.split("/");
      return z.ipv4().safeParse(ip).success && Number(prefix) <= 32;
    },
    { error: "an IPv4 address with its prefix, such as 192.168.1.122/24", abort: true },
  );

const network = z
  .strictObject({
    mdns: z.boolean().default(true).describe("Answer as NAME.local (avahi)."),
    address: cidr.optional().describe("A static address with its prefix; absent means DHCP."),
    gateway: z
      .ipv4()
      .optional()
      .describe("The default route; needed with a static address that leaves its own network."),
    nameservers: z.array(z.ipv4()).default([]).describe("DNS servers for a static address."),
    interface: z
      .string()
      .regex(/^[a-z][a-z0-9]{0,14}$/)
      .default("end0")
      .describe("The interface that gets the static address."),
  })
  .describe("How the Pi joins the network.");

const label = z.string().regex(/^[A-Za-z0-9_.-]{1,256}$/, "a runner label is letters, digits, _ . and -");
const runnerCommon = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/, "a runner name is at most 64 letters, digits, _ . and -")
    .optional()
    .describe("The runner's name on GitHub; the host's name by default."),
  labels: z.array(label).default([]).describe("Labels besides self-hosted and the system's own."),
};
const runner = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("repository"),
      repository: z.string().regex(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/, "OWNER/NAME"),
      ...runnerCommon,
    }),
    z.strictObject({
      kind: z.literal("organization"),
      organization: z.string().regex(/^[A-Za-z0-9_.-]+$/),
      group: z.string().min(1).optional(),
      ...runnerCommon,
    }),
  ])
  .describe("The GitHub Actions runner of this Pi; its credential is the secret githubToken.");

const moduleFile = z
  .string()
  .regex(
    /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[A-Za-z0-9_./-]+\.nix$/,
    "a .nix file below nix/, such as hosts/pi4/configuration.nix",
  );

const health = z
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

/** One entry of `hosts`. */
export const host = z
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
    modules: z.array(moduleFile).default([]).describe("NixOS modules below nix/, besides the common ones."),
    settings: z
      .record(z.string(), z.json())
      .default({})
      .describe("NixOS options as data, e.g. {time: {timeZone: Europe/Rome}}."),
    network: network.prefault({}),
    goal: z
      .enum(["switch", "boot"])
      .default("switch")
      .describe(
        "switch: run the new system now and boot it; boot: boot it from the next restart on, and leave the running one.",
      ),
    health: health.prefault({}),
    runner: runner.optional(),
  })
  .describe("One Pi.");

const buildHost = z
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
        hostKey: publicKey.optional().describe("Its host key; your known_hosts decides by default."),
        systems: z
          .array(z.enum(["x86_64-linux", "aarch64-linux", "armv7l-linux"]))
          .min(1)
          .default(["x86_64-linux", "aarch64-linux"])
          .describe("What it can build, natively or by binfmt."),
      })
      .describe("Another Linux with Nix, reached over ssh with your own ssh identity."),
  ])
  .describe("Where toplevels are built.");

export const timeouts = z.strictObject({
  probe: seconds(5, "How long a preview waits for a Pi to answer."),
  connect: seconds(15, "How long `up` waits for a connection."),
  build: seconds(6 * 3600, "The limit of one Pi's build."),
  copy: seconds(3600, "The limit of copying a closure to a Pi."),
  activate: seconds(300, "The limit of switch-to-configuration on the Pi."),
  confirm: seconds(
    60,
    "How long a Pi waits for the fresh connection that confirms its new system, before it returns to the old one.",
  ),
});

const waves = z
  .strictObject({
    canary: z.array(z.string()).default([]).describe("Pis that go first, together, before all others."),
    size: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("How many Pis go at once after the canary; all by default."),
  })
  .describe("The order of Pis. A wave starts only when each Pi of the one before is confirmed.");

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
  hosts: z.record(hostName, host).describe("The Pis by host name."),
  keys: z
    .strictObject(
      {
        holders: z
          .array(holderKey, { error: noHolder })
          .min(1, { error: noHolder })
          .describe("Public keys whose private half you hold: your way in, whatever happens to the stack."),
      },
      { error: (issue) => (issue.input === undefined ? noHolder() : undefined) },
    )
    .describe("Who may log in."),
  buildHosts: z
    .record(hostName, buildHost)
    .default({})
    .describe("Build hosts by name; `local` is always there."),
  waves: waves.prefault({}),
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

/** The parts of a config that has faults which are themselves right, so that what they say of each other is checked too. */
export function rightParts(raw: Record<string, unknown>): CrossChecked {
  const hosts = z.record(z.string(), z.unknown()).safeParse(raw["hosts"]).data ?? {};
  const builders = z.record(z.string(), z.unknown()).safeParse(raw["buildHosts"]).data ?? {};
  return {
    hosts: onlyRight(hosts, host),
    buildHosts: onlyRight(builders, buildHost),
    allBuildHosts: Object.keys(builders),
    allHosts: Object.keys(hosts),
    waves: waves.safeParse(raw["waves"] ?? {}).data ?? waves.parse({}),
  };
}

function onlyRight<T extends z.ZodType>(
  values: Record<string, unknown>,
  schema: T,
): Record<string, z.output<T>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? [[name, parsed.data]] : [];
    }),
  );
}

/** The validated stack config, defaults filled in. */
export type FleetConfig = z.output<typeof fleetConfig>;
export type FleetConfigInput = z.input<typeof fleetConfig>;
export type HostConfig = z.output<typeof host>;
export type HostInput = z.input<typeof host>;
export type BuildHostConfig = FleetConfig["buildHosts"][string];
export type RunnerConfig = NonNullable<HostConfig["runner"]>;
export type Timeouts = FleetConfig["timeouts"];

/** Config keys that are secrets: set with `pulumi config set --secret`. */
export const secretKeys = ["githubToken"] as const;

/** The address that ssh uses for a host. */
export function hostAddress(name: string, config: { address?: string | undefined }): string {
  return config.address ?? `${name}.local`;
}

function noHolder(): string {
  return (
    "give at least one public key that you hold, or you could be locked out of every Pi: " +
    'holders: ["ssh-ed25519 AAAA… you@laptop"] or [{file: ~/.ssh/id_ed25519.pub}]'
  );
}

function refusedBoard(input: unknown): string | undefined {
  return typeof input === "string" ? refusedBoards[input] : undefined;
}

interface CrossChecked {
  hosts: Record<string, z.output<typeof host>>;
  buildHosts: Record<string, z.output<typeof buildHost>>;
  waves: z.output<typeof waves>;
  allHosts?: string[];
  allBuildHosts?: string[];
}

/** What one field can't know: names that must exist elsewhere, and addresses and runner names that must differ. */
export function crossFaults(config: CrossChecked): { path: (string | number)[]; message: string }[] {
  const faults: { path: (string | number)[]; message: string }[] = [];
  const fault = (path: (string | number)[], message: string) => faults.push({ path, message });
  const names = config.allHosts ?? Object.keys(config.hosts);
  const builders = ["local", ...(config.allBuildHosts ?? Object.keys(config.buildHosts))];
  const addresses = new Map<string, string>();
  const runners = new Map<string, string>();

  for (const [name, pi] of Object.entries(config.hosts)) {
    if (!builders.includes(pi.buildHost)) {
      const near = nearest(pi.buildHost, builders);
      fault(
        ["hosts", name, "buildHost"],
        `no build host has this name${near} There are: ${builders.join(", ")}`,
      );
    }
    const builder = config.buildHosts[pi.buildHost];
    const system = boards[pi.board].system;
    if (builder?.kind === "ssh" && !builder.systems.includes(system)) {
      const builds = `${pi.buildHost} builds ${builder.systems.join(", ")}`;
      fault(["hosts", name, "buildHost"], `the board ${pi.board} needs ${system}, and ${builds}`);
    }
    const where = `${hostAddress(name, pi)} port ${pi.port}`;
    const neighbour = addresses.get(where);
    if (neighbour) fault(["hosts", name, "address"], `${neighbour} has the same address and port (${where})`);
    addresses.set(where, name);
    if (pi.runner) {
      const scope = pi.runner.kind === "repository" ? pi.runner.repository : pi.runner.organization;
      const id = `${scope} ${pi.runner.name ?? name}`;
      const twin = runners.get(id);
      if (twin) fault(["hosts", name, "runner", "name"], `${twin} has a runner of the same name in ${scope}`);
      runners.set(id, name);
    }
  }
  config.waves.canary.forEach((name, index) => {
    if (!names.includes(name))
      fault(["waves", "canary", index], `no host has this name${nearest(name, names)}`);
  });
  return faults;
}
