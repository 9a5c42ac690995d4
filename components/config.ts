import { z } from "zod";
import { boardNames, boards, refusedBoards } from "./boards.js";
import { nearest } from "./faults.js";
import { reboot } from "./reboot-policy.js";
import { onlyFaults } from "./selection.js";
import { systemFaults } from "./system-faults.js";
import {
  gitHubUser,
  keyFault,
  publicKey,
  settings,
  systemOptions,
  systems,
  tailscale,
  wifi,
} from "./system-config.js";
import { groupKey, wantedGroup, type WantedGroup } from "./wanted-group.js";

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

const holderKey = z.union(
  [
    publicKey,
    z.strictObject({ file: z.string().min(1).describe("A .pub file; ~ is your home.") }),
    gitHubUser,
  ],
  { error: (issue) => keyFault(issue.input, ", {file: ~/.ssh/id_ed25519.pub}") },
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
      .optional()
      .describe("The interface that gets the static address; end0 by default, wlan0 on a Zero 2 W."),
    wifi: wifi.optional(),
    tailscale: tailscale.optional(),
  })
  .describe("How the Pi joins the network.");

const label = z.string().regex(/^[A-Za-z0-9_.-]{1,256}$/, "a runner label is letters, digits, _ . and -");
const runnerName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, "a runner name is at most 64 letters, digits, _ . and -");
const gitHubUrl = z
  .string()
  .regex(
    /^(https:\/\/[^/\s]+|http:\/\/(127|10|192\.168)\.[0-9.]+(:\d+)?)(\/[^\s]*[^/\s])?$/,
    "https://HOST without a slash at its end; http only at a private address",
  );
const appId = z.int().min(1).describe("The id of the GitHub App whose private key githubToken is.");
const installation = z.int().min(1).describe("The App's installation; found by itself otherwise.");
const runnerCredential = z
  .discriminatedUnion("kind", [
    z
      .strictObject({ kind: z.literal("registration-token") })
      .describe("githubToken stays here; the Pi gets a token of an hour, made when it needs one."),
    z
      .strictObject({ kind: z.literal("token") })
      .describe(
        "githubToken itself is put on the Pi: it can register anew by itself, and so can whoever reads it.",
      ),
    z
      .strictObject({
        kind: z.literal("app"),
        appId,
        installation: installation.optional(),
      })
      .describe("githubToken is a GitHub App's private key; the Pi gets a token of an hour."),
    z
      .strictObject({
        kind: z.literal("just-in-time"),
        appId: appId.optional(),
        installation: installation.optional(),
      })
      .describe(
        "githubToken stays here; the Pi gets a registration for one job, after which the runner is gone until the next `up`.",
      ),
  ])
  .describe("What the secret githubToken is, and what of it reaches the Pi.");
const runnerCommon = {
  labels: z.array(label).default([]).describe("Labels besides self-hosted and the system's own."),
  credential: runnerCredential.prefault({ kind: "registration-token" }),
  github: z
    .strictObject({
      url: gitHubUrl.default("https://github.com").describe("Where people see it."),
      api: gitHubUrl
        .default("https://api.github.com")
        .describe("Its REST API; of an Enterprise Server https://HOST/api/v3."),
    })
    .prefault({})
    .describe("Which GitHub."),
  ephemeral: z
    .boolean()
    .default(false)
    .describe(
      "One job for each registration; the runner registers anew by itself, so its credential must be token.",
    ),
  workDir: z
    .string()
    .regex(/^\/[A-Za-z0-9_./-]+$/, "an absolute path")
    .optional()
    .describe("Where jobs work, on the card; in memory (/run) by default."),
  hardware: z.boolean().default(true).describe("Whether jobs reach USB probes and serial ports."),
  interruptJobs: z
    .boolean()
    .default(false)
    .describe("Whether a change restarts the runner under its job; else the job is waited for."),
  timeouts: z
    .strictObject({
      online: seconds(120, "How long `up` waits until GitHub lists the runner as online."),
      idle: seconds(600, "How long `up` waits for a job to end before it registers the runner anew."),
    })
    .prefault({}),
};
const groupName = z.string().min(1).describe("The runner group; the default one otherwise.");
const group = z
  .union(
    [
      groupName,
      z.strictObject({
        name: z.string().min(1),
        create: z.literal(true).describe("The stack makes it, and removes it with its last runner."),
        repositories: z
          .array(z.string().regex(/^[A-Za-z0-9_.-]+$/, "the name of a repository, without its owner"))
          .min(1)
          .optional()
          .describe("Those that may use it; all of the organisation by default."),
        publicRepositories: z
          .boolean()
          .default(false)
          .describe("Whether public repositories may use it: their pull requests bring code of strangers."),
      }),
    ],
    { error: "the name of a runner group, or {name: …, create: true}" },
  )
  .optional()
  .describe("The runner group; the default one otherwise.");
const runnerKinds = {
  repository: {
    kind: z.literal("repository"),
    repository: z.string().regex(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/, "OWNER/NAME"),
  },
  organization: {
    kind: z.literal("organization"),
    organization: z.string().regex(/^[A-Za-z0-9_.-]+$/),
    group,
  },
  enterprise: {
    kind: z.literal("enterprise"),
    enterprise: z.string().regex(/^[A-Za-z0-9_.-]+$/),
    group: groupName.optional(),
  },
};
function runnerUnion<T extends z.ZodType>(name: T) {
  const { repository, organization, enterprise } = runnerKinds;
  return z.discriminatedUnion("kind", [
    z.strictObject({ ...repository, name, ...runnerCommon }),
    z.strictObject({ ...organization, name, ...runnerCommon }),
    z.strictObject({ ...enterprise, name, ...runnerCommon }),
  ]);
}
const runner = runnerUnion(
  runnerName.optional().describe("The runner's name on GitHub; the host's name by default."),
).describe("The GitHub Actions runner of this Pi; its credential is the secret githubToken.");
const furtherRunner = runnerUnion(runnerName.describe("The runner's name on GitHub.")).describe(
  "Another runner.",
);

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

const foreignFlake = z
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

const hostShape = z
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
          .array(z.enum(systems))
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

const only = z
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
    only: only.safeParse(raw["only"] ?? {}).data ?? only.parse({}),
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
export type HostConfig = z.output<typeof hostShape>;
export type HostInput = z.input<typeof host>;
export type BuildHostConfig = FleetConfig["buildHosts"][string];
export type RunnerConfig = NonNullable<HostConfig["runner"]>;

/** `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`: where GitHub's API keeps a runner. */
export function runnerScope(runner: RunnerConfig): string {
  switch (runner.kind) {
    case "repository":
      return `repos/${runner.repository}`;
    case "organization":
      return `orgs/${runner.organization}`;
    case "enterprise":
      return `enterprises/${runner.enterprise}`;
  }
}
export type Timeouts = FleetConfig["timeouts"];

/** Config keys that are secrets: set with `pulumi config set --secret`. */
export const secretKeys = ["githubToken", "secrets"] as const;

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
  waves: Pick<z.output<typeof waves>, "canary">;
  only?: z.output<typeof only>;
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
  const groups = new Map<string, WantedGroup>();

  for (const [name, builder] of Object.entries(config.buildHosts)) {
    if (builder.kind === "ssh")
      addresses.set(`${builder.address} port ${builder.port ?? 22}`, `the build host ${name}`);
  }
  for (const [name, pi] of Object.entries(config.hosts)) {
    if (!builders.includes(pi.buildHost)) {
      const near = nearest(pi.buildHost, builders);
      fault(
        ["hosts", name, "buildHost"],
        `no build host has this name${near} There are: ${builders.join(", ")}`,
      );
    }
    const builder = config.buildHosts[pi.buildHost];
    const system = pi.crossFrom ?? boards[pi.board].system;
    if (builder?.kind === "ssh" && !builder.systems.includes(system)) {
      const builds = `${pi.buildHost} builds ${builder.systems.join(", ")}`;
      const [option, needs] = pi.crossFrom
        ? ["crossFrom", `cross-compiling needs ${system}`]
        : ["buildHost", `the board ${pi.board} needs ${system}`];
      fault(["hosts", name, option], `${needs}, and ${builds}`);
    }
    const where = `${hostAddress(name, pi)} port ${pi.port}`;
    const neighbour = addresses.get(where);
    if (neighbour) fault(["hosts", name, "address"], `${neighbour} has the same address and port (${where})`);
    addresses.set(where, name);
    const own = [
      ...(pi.runner ? [[["runner"], pi.runner] as const] : []),
      ...pi.runners.map((one, index) => [["runners", index], one] as const),
    ];
    const here = new Set<string>();
    for (const [path, one] of own) {
      const scope = runnerScope(one).replace(/^[a-z]+\//, "");
      const runnerName = one.name ?? name;
      const id = `${scope} ${runnerName}`;
      const twin = runners.get(id);
      if (twin) fault(["hosts", name, ...path, "name"], `${twin} has a runner of the same name in ${scope}`);
      else if (here.has(runnerName))
        fault(["hosts", name, ...path, "name"], "two runners of one Pi have the same name");
      if (one.ephemeral && one.credential.kind !== "token")
        fault(
          ["hosts", name, ...path, "ephemeral"],
          one.credential.kind === "just-in-time"
            ? "a just-in-time runner has one job anyway: leave this out"
            : "an ephemeral runner needs credential: { kind: token }",
        );
      const group = wantedGroup(one);
      if (group) {
        const key = groupKey(group.api, runnerScope(one), group.name);
        const same = groups.get(key) ?? group;
        if (JSON.stringify(same) !== JSON.stringify(group))
          fault(["hosts", name, ...path, "group"], "another runner makes this group with other settings");
        else if ("appId" in one.credential)
          fault(
            ["hosts", name, ...path, "group"],
            "is made with a token only: with a GitHub App a preview would have to make a token. Make it by hand, and give its name",
          );
        groups.set(key, same);
      }
      here.add(runnerName);
      runners.set(id, name);
    }
  }
  config.waves.canary.forEach((name, index) => {
    if (!names.includes(name))
      fault(["waves", "canary", index], `no host has this name${nearest(name, names)}`);
  });
  for (const { path, message } of onlyFaults(config.only ?? { hosts: [], tags: [] }, config.hosts, names))
    fault(["only", ...path], message);
  return faults;
}
