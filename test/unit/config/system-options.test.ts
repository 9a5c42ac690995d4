import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { boards, boardWarnings } from "../../../components/config/boards.js";
import { fleetHost } from "../../../components/evaluation/fleet-json.js";
import { UserError } from "../../../components/shared/user-error.js";
import { onlyActivationWarnings } from "../../../components/config/only-activation.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { profileNames } from "../../../components/config/system-options.js";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me@laptop";

/** What the flake is told of one Pi with these options. */
function told(options: Record<string, unknown>): Record<string, unknown> {
  const { fleet } = parse(options);
  return JSON.parse(JSON.stringify(fleetHost("a", fleet.hosts["a"]!, [key]))) as Record<string, unknown>;
}

function parse(options: Record<string, unknown>) {
  return parseFleetConfig({
    "pi-fleet:hosts": JSON.stringify({ a: { board: "pi4", ...options } }),
    "pi-fleet:keys": JSON.stringify({ holders: [key] }),
  });
}

function faultsOf(options: Record<string, unknown>): string {
  try {
    parse(options);
  } catch (error) {
    assert(error instanceof UserError, String(error));
    return error.message;
  }
  return "";
}

const nix = new URL("../../../nix/", import.meta.url);
const files = (folder: string) =>
  readdirSync(new URL(folder, nix)).map((file) => ({
    name: file.replace(/\.nix$/, ""),
    text: readFileSync(new URL(`${folder}/${file}`, nix), "utf8"),
  }));

describe("boards", () => {
  it("are those of nix/boards, with the same system, title and warning", () => {
    const said = (text: string, name: string) => new RegExp(`^  ${name} = "(.*)";$`, "m").exec(text)?.[1];
    const inNix = files("boards").map(({ name, text }) => [
      name,
      { system: said(text, "system"), title: said(text, "description"), warning: said(text, "warning") },
    ]);
    const here = Object.entries(boards).map(([name, { noBootCounting, ...board }]) => {
      assert.ok(noBootCounting, name);
      return [name, { warning: undefined, ...board }];
    });
    assert.deepEqual(Object.fromEntries(inNix), Object.fromEntries(here));
  });

  it("that take hours to build say so, once for all their Pis", () => {
    const warnings = boardWarnings({ a: { board: "pi2" }, b: { board: "pi4" }, c: { board: "pi2" } });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^a, c \(Raspberry Pi 2\): .*for hours/);
  });
});

describe("sudo.onlyActivation", () => {
  it("is for a user who is not root, in a system of ours", () => {
    assert.match(
      faultsOf({ user: "root", sudo: { onlyActivation: true } }),
      /hosts\.a\.sudo\.onlyActivation: root may do everything: give the Pi a `user` who is not root/,
    );
    assert.match(
      faultsOf({ flake: { ref: "github:me/x" }, sudo: { onlyActivation: true } }),
      /hosts\.a\.sudo: this Pi has a flake of its own/,
    );
    assert.equal(faultsOf({ user: "root", sudo: { onlyActivation: false } }), "");
  });

  it("warns where nobody is left who becomes root", () => {
    const beau = { keys: [key] };
    const hosts = {
      a: { sudo: { onlyActivation: true } },
      b: { sudo: { onlyActivation: true }, users: { beau: { ...beau, wheel: true } } },
      c: { sudo: { onlyActivation: true, wheelWithoutPassword: true }, users: { beau } },
      d: {
        sudo: { onlyActivation: true, wheelWithoutPassword: true },
        users: { beau: { ...beau, wheel: true } },
      },
      e: { sudo: { onlyActivation: false } },
      f: {},
    };
    const fleet = Object.fromEntries(
      Object.entries(hosts).map(([name, options]) => [name, parse(options).fleet.hosts["a"]!]),
    );
    const warnings = onlyActivationWarnings(fleet);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^a, b, c: with sudo\.onlyActivation nobody becomes root there/);
    assert.deepEqual(onlyActivationWarnings({ d: fleet["d"]!, f: fleet["f"]! }), []);
  });
});

describe("profiles", () => {
  it("are those of nix/profiles", () => {
    assert.deepEqual(
      files("profiles")
        .map(({ name }) => name)
        .sort(),
      [...profileNames].sort(),
    );
  });
});

describe("what the flake is told of a system", () => {
  it("is nothing when nothing is said, so that the modules' defaults hold", () => {
    const { fleet, profiles, network } = told({});
    assert.deepEqual(
      { fleet, profiles, network },
      { fleet: {}, profiles: [], network: { mdns: true, nameservers: [] } },
    );
  });

  it("is what was said, by the modules' names", () => {
    const { fleet } = told({
      base: { generations: 3, revision: "abc" },
      lowMemory: { swapFileMiB: 2048 },
      storage: { cardGiB: 16, tmp: "memory" },
      watchdog: { enable: false },
      users: { beau: { keys: [key], wheel: true } },
    });
    assert.deepEqual(fleet, {
      generations: 3,
      revision: "abc",
      lowMemory: { enable: true, swapFileMiB: 2048 },
      storage: { tmp: "memory" },
      watchdog: { enable: false },
      users: { beau: { keys: [key], wheel: true } },
    });
  });

  it("knows nixbuild.net's address and host key, and the Pi's own system", () => {
    const { fleet } = told({
      builders: [{ kind: "nixbuild" }, { kind: "ssh", host: "nas.lan", hostKey: key }],
    });
    const [nixbuild, nas] = (fleet as { builders: Record<string, unknown>[] }).builders;
    assert.equal(nixbuild!["host"], "eu.nixbuild.net");
    assert.match(String(nixbuild!["hostKey"]), /^ssh-ed25519 /);
    assert.deepEqual(nas, { systems: ["aarch64-linux"], host: "nas.lan", hostKey: key });
  });

  it("names a passphrase by its network, and has none", () => {
    const { network } = told({ network: { wifi: { networks: { "My WLAN": {}, guests: { open: true } } } } });
    assert.deepEqual((network as { wifi: unknown }).wifi, {
      networks: { "My WLAN": { secret: "psk_My_WLAN" }, guests: { secret: null } },
    });
  });
});

describe("a host's options", () => {
  const home = (network: object) => ({ network: { wifi: { networks: { home: network } } } });
  const raw = "0123456789abcdef".repeat(4);
  const cases: [string, Record<string, unknown>, RegExp][] = [
    [
      "a passphrase, which it does not repeat",
      home({ psk: "swordfish" }),
      /^(?!.*swordfish)(?=.*home\.psk: .*pi-fleet:secrets\.NAME)/s,
    ],
    [
      "the hash of a passphrase",
      home({ pskRaw: raw }),
      new RegExp(`^(?!.*${raw})(?=.*home\\.pskRaw: .*is a secret)`, "s"),
    ],
    [
      "a passphrase in the settings",
      { settings: { networking: { wireless: { networks: { home: { psk: "swordfish" } } } } } },
      /^(?!.*swordfish)(?=.*settings\.networking\.wireless\.networks\.home\.psk: .*pi-fleet:secrets\.NAME)/s,
    ],
    [
      "a passphrase beside another fault",
      { network: { wifi: { networks: { home: "x", work: { psk: "swordfish" } } } } },
      /^(?!.*swordfish)/s,
    ],
    [
      "a key of a tailnet",
      { network: { tailscale: { authKey: "tskey-1" } } },
      /^(?!.*tskey-1).*is a secret/s,
    ],
    [
      "an SSID of two lines",
      { network: { wifi: { networks: { "a\nb": {} } } } },
      /networks\..*without control characters/s,
    ],
    [
      "an SSID that is too long",
      { network: { wifi: { networks: { ["ü".repeat(17)]: {} } } } },
      /at most 32 bytes/,
    ],
    [
      "an account of the deploy user's name",
      { users: { pi: { keys: [key] } } },
      /users\.pi: this is the user that deploys/,
    ],
    [
      "an account without a key",
      { users: { beau: { keys: [] } } },
      /users\.beau\.keys: give at least one public key/,
    ],
    ["a key that is none", { users: { beau: { keys: ["ssh-rsa x"] } } }, /users\.beau\.keys\[0\]: /],
    [
      "a swap larger than the card",
      { lowMemory: { swapFileMiB: 20000 }, storage: { cardGiB: 16 } },
      /lowMemory\.swapFileMiB: more than half of a card of 16 GiB/,
    ],
    ["a watchdog that is too slow", { watchdog: { seconds: 60 } }, /watchdog\.seconds: .*15 seconds at most/],
    ["an unknown profile", { profiles: ["servr"] }, /profiles\[0\]: .*did you mean "server"/],
    [
      "emulation of itself",
      { serve: { keys: [key], emulate: ["aarch64-linux"] } },
      /is aarch64-linux itself/,
    ],
    [
      "a cache without its key",
      { caches: [{ url: "https://x.cachix.org" }] },
      /caches\[0\]\.publicKey: is missing/,
    ],
    [
      "a cache's key that was cut",
      { caches: [{ url: "https://x.org", publicKey: "x-1:AAAA" }] },
      /44 characters/,
    ],
    [
      "a builder without a host key",
      { builders: [{ kind: "ssh", host: "nas" }] },
      /builders\[0\]\.hostKey: is missing/,
    ],
    ["no place to build", { base: { localJobs: 0 } }, /base\.localJobs: 0 needs builders/],
    [
      "a static address without its interface where it has no fixed name",
      { board: "pi3", network: { address: "10.0.0.2/24" } },
      /network\.interface: a static address on a pi3 needs its interface/,
    ],
    [
      "a cross build on its own system",
      { crossFrom: "aarch64-linux" },
      /crossFrom: a pi4 is aarch64-linux itself/,
    ],
    [
      "options of ours beside a flake of one's own",
      { flake: { ref: "github:me/config" }, lowMemory: {} },
      /lowMemory: this Pi has a flake of its own/,
    ],
    [
      "an output in a flake reference",
      { flake: { ref: "github:me/config#pi" } },
      /flake\.ref: a flake reference without #/,
    ],
  ];
  for (const [what, options, expected] of cases) {
    it(`refuse ${what}`, () => {
      const message = faultsOf(options);
      assert.match(message, /hosts\.a\./);
      assert.match(message, expected);
    });
  }

  it("take a reference to a passphrase in the settings", () => {
    const networks = { home: { pskRaw: "ext:psk_home" } };
    assert.equal(faultsOf({ settings: { networking: { wireless: { networks } } } }), "");
  });
});

describe("docs/system.md", () => {
  it("has an example of a system that is right", () => {
    const chapter = readFileSync(new URL("../../../docs/system.md", import.meta.url), "utf8");
    const example = /^# The system of a Pi\n.*?```yaml\n(.*?)```/s.exec(chapter)![1]!;
    const filled = example
      .replace(/ssh-ed25519 AAAA…/g, key.split(" ").slice(0, 2).join(" "))
      .replace("me.cachix.org-1:…", `me.cachix.org-1:${"A".repeat(43)}=`);
    const { hosts } = parseYaml(filled) as { hosts: Record<string, object> };
    const { fleet } = parseFleetConfig({
      "pi-fleet:hosts": JSON.stringify(hosts),
      "pi-fleet:keys": JSON.stringify({ holders: [key] }),
    });
    assert.equal(fleet.hosts["bench"]?.lowMemory?.swapFileMiB, 1024);
  });
});
