const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

/** A stack's config that has one of each kind of thing that becomes a resource. */
export const config = {
  hosts: {
    // It is on, and as the last `up` left it.
    settled: {
      board: "virtual",
      runner: { kind: "repository", repository: "o/r", labels: ["nrf52840"] },
      runners: [{ kind: "organization", organization: "o", group: "hil", name: "second" }],
      health: { units: ["sshd.service"], check: "true" },
      tags: ["bench"],
    },
    // It is off.
    off: {
      board: "pi4",
      address: "192.168.1.122",
      port: 8023,
      user: "beau",
      buildHost: "nas",
      reboot: { when: "window", window: { from: "02:00", to: "04:30", days: ["sat"] } },
      goal: "boot",
      network: { wifi: { networks: { workshop: {} } } },
      secrets: { token: { owner: "me", units: ["my.service"] } },
    },
    // It was never flashed.
    fresh: { board: "zero2w", crossFrom: "x86_64-linux", base: { generations: 5 }, profiles: ["minimal"] },
    // It ran before, and takes only signed systems.
    adopted: { board: "pi5", hostKey: `${key} adopted`, sudo: { onlyActivation: true } },
    foreign: { board: "pi4", flake: { ref: "github:me/nixos-config", attr: "old" } },
    ephemeral: {
      board: "pi3",
      runner: {
        kind: "organization",
        organization: "o",
        group: { name: "made", create: true },
        credential: { kind: "token" },
        ephemeral: true,
      },
    },
  },
  keys: { holders: [`${key} you@laptop`] },
  buildHosts: { nas: { kind: "ssh", address: "nas.lan", user: "beau", port: 2222 } },
  waves: { canary: ["settled"], size: 2, pause: 5, parallel: 2 },
  timeouts: { probe: 3 },
  nix: { overrideInputs: { nixpkgs: "path:/nixpkgs" } },
  images: { build: ["off", "fresh"] },
} as const;

export const secrets = { psk_workshop: "a passphrase", token: "a value\nof two lines" };

/** What the last run left, as the stack's output `pis`. */
export const alreadyThere = {
  off: {
    pi: "off",
    status: "converged",
    new: "/nix/store/off",
    convergence: "the id of the last run",
    seconds: 1,
  },
};

/** What status.sh says on the Pi that is on. */
export const status = [
  "current=/nix/store/settled",
  "booted=/nix/store/settled",
  "profile=/nix/store/settled",
  "machine=0123456789abcdef",
  "boot=1",
  "clock=1700000000 2 22:13",
  "record.id=the id that the Pi reports",
  "record.system=/nix/store/settled",
  "record.machine=0123456789abcdef",
];
