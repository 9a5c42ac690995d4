import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fleetConfig } from "../../../components/config/fleet-config.js";
import { UserError } from "../../../components/shared/user-error.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { placedByHandRemark } from "../../../components/secrets/placed-by-hand.js";
import { secretWarnings } from "../../../components/secrets/secret-warnings.js";
import { ageFaults } from "../../../components/secrets/age-faults.js";
import { secretChanges } from "../../../components/secrets/secret-changes.js";
import { staged } from "../../../components/on-pi/staged-secrets.js";
import { deliveryOf } from "../../../components/secrets/delivery.js";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me@laptop";
const wifi = { network: { wifi: { networks: { workshop: {}, "my home": { secret: "home" } } } } };

function parse(hosts: Record<string, object>, secrets?: unknown, encrypted = ["pi-fleet:secrets"]) {
  const all = Object.entries(hosts).map(([name, host]) => [name, { board: "pi4", ...host }]);
  const flat: Record<string, string> = {
    "pi-fleet:hosts": JSON.stringify(Object.fromEntries(all)),
    "pi-fleet:keys": JSON.stringify({ holders: [key] }),
  };
  if (secrets !== undefined)
    flat["pi-fleet:secrets"] = typeof secrets === "string" ? secrets : JSON.stringify(secrets);
  return parseFleetConfig(flat, secrets === undefined ? [] : encrypted);
}

function faultsOf(...args: Parameters<typeof parse>): string {
  try {
    parse(...args);
  } catch (error) {
    ok(error instanceof UserError, String(error));
    return error.message;
  }
  return "";
}

function delivery(host: object, secrets: Record<string, string>, deployKey = "deploy key") {
  const { fleet } = parse({ a: host }, secrets);
  return deliveryOf(fleet.hosts["a"]!, secrets, deployKey);
}

describe("stack secrets", () => {
  it("become the files that a host refers to, each with its rights and the units that read it", () => {
    const { files } = delivery(
      { ...wifi, profiles: ["network"], secrets: { token: { owner: "me", units: ["my.service"] } } },
      { psk_workshop: "swordfish", home: "sword fish\n", tailscale: "tskey\n", token: "two\nlines\n" },
    );
    const root = { owner: "root", group: "root", mode: "0400" };
    deepEqual(files, [
      { ...root, name: "tailscale.key", units: ["tailscaled-autoconnect.service"], content: "tskey\n" },
      { ...root, name: "token", owner: "me", units: ["my.service"], content: "two\nlines\n" },
      {
        ...{ name: "wireless.conf", owner: "root", group: "wpa_supplicant", mode: "0640" },
        units: ["wpa_supplicant-wlan0.service"],
        content: "home=sword fish\npsk_workshop=swordfish\n",
      },
    ]);
  });

  it("have ids that change with content and rights, and tell nothing without the deploy key", () => {
    const id = (secrets: object, value: string, deployKey?: string) =>
      delivery({ secrets }, { token: value }, deployKey).ids["token"];
    equal(id({ token: {} }, "a"), id({ token: {} }, "a"));
    const others = [
      id({ token: {} }, "b"),
      id({ token: { mode: "0440" } }, "a"),
      id({ token: {} }, "a", "another"),
    ];
    equal(new Set([id({ token: {} }, "a"), ...others]).size, 4);
  });

  it("are handed over as lines of words, whatever is in them", () => {
    const text = staged("id 1", delivery({ secrets: { token: {} } }, { token: "a b\n'$(x)" }));
    const [first, second, ...rest] = text.split("\n");
    equal(first, "for id 1");
    match(second!, /^file token [0-9a-f]{16} root root 0400 [A-Za-z0-9+/=]+$/);
    equal(Buffer.from(second!.split(" ")[6]!, "base64").toString(), "a b\n'$(x)");
    deepEqual(rest, ["end", ""]);
  });

  it("that the stack does not have are files which a person put on the Pi: kept, and said", () => {
    const { files, keep } = delivery(wifi, {});
    deepEqual([files, keep], [[], ["wireless.conf"]]);
    const { fleet } = parse({ a: wifi });
    match(
      placedByHandRemark(fleet.hosts["a"]!, []) ?? "",
      /wireless\.conf must be on the Pi already: .*psk_workshop, home \(pulumi config set --secret --path/,
    );
    equal(placedByHandRemark(fleet.hosts["a"]!, ["psk_workshop", "home"]), undefined);
    const elsewhere = { network: { tailscale: { authKeyFile: "/root/key" } } };
    deepEqual(delivery(elsewhere, { tailscale: "x" }).files, []);
  });

  it("that nobody uses are a warning, with the nearest that somebody does", () => {
    const secrets = { psk_workshp: "swordfish" };
    const { fleet } = parse({ a: wifi }, secrets);
    deepEqual(secretWarnings(fleet.hosts, secrets), [
      'pi-fleet:secrets.psk_workshp: no host uses it — did you mean "psk_workshop"?',
    ]);
  });

  it("that differ from what a Pi reports are named", () => {
    deepEqual(secretChanges({ a: "1", b: "2", c: "3", d: "4" }, { b: "2", c: "0", d: "altered", e: "5" }), [
      "a is new",
      "c changes",
      "d was altered or removed on the Pi",
      "e goes",
    ]);
  });

  const both = { psk_workshop: "swordfish", home: "swordfish" };
  const set = (name: string) => `pulumi config set --secret --path 'pi-fleet:secrets.${name}'`;
  const faults: [string, Parameters<typeof parse>, RegExp | string][] = [
    [
      "one that is missing",
      [{ a: { secrets: { token: {} } } }],
      `secrets.token: is missing; hosts.a.secrets.token needs it. Set it with: ${set("token")}`,
    ],
    [
      "one of a file's that is missing",
      [{ a: wifi }, { home: "swordfish" }],
      /secrets\.psk_workshop: is missing; hosts\.a\.network\.wifi\.networks\.workshop needs it/,
    ],
    ["an empty one", [{ a: { secrets: { token: {} } } }, { token: " \n" }], "secrets.token: is empty"],
    [
      "a short passphrase",
      [{ a: wifi }, { ...both, home: "SECRET7" }],
      /secrets\.home: has 7 characters, and a Wi-Fi passphrase has 8 to 63.*network\.wifi\.networks\.my home/,
    ],
    [
      "a long passphrase that is no key",
      [{ a: wifi }, { ...both, home: "g".repeat(64) }],
      "secrets.home: has 64 characters",
    ],
    [
      "a passphrase of two lines",
      [{ a: wifi }, { ...both, home: "SECRET12\npsk=SECRET" }],
      "secrets.home: is one line",
    ],
    [
      "a tailnet's key of two lines",
      [{ a: { network: { tailscale: {} } } }, { tailscale: "SECRET\nSECRET" }],
      "secrets.tailscale: is one line",
    ],
    ["one that is no text", [{ a: {} }, { token: { SECRET: 1 } }], "secrets.token: is one text"],
    [
      "a name with a dot",
      [{ a: {} }, { "to.ken": "SECRET" }],
      "secrets.to.ken: is one text, its name of letters, digits, _ and -",
    ],
    ["no map", [{ a: {} }, "SECRET"], `secrets: is a map of texts by name. Set each with: ${set("NAME")}`],
    [
      "what is in clear",
      [{ a: {} }, { token: "SECRET" }, []],
      `secrets: is in clear. Set it with: ${set("NAME")}`,
    ],
    [
      "rights for everybody",
      [{ a: { secrets: { token: { mode: "0444" } } } }, { token: "x" }],
      /hosts\.a\.secrets\.token\.mode: octal, nothing for everybody/,
    ],
    [
      "rights that YAML made a number",
      [{ a: { secrets: { token: { mode: 256 } } } }, { token: "x" }],
      'hosts.a.secrets.token.mode: 0400 in quotes: "0400"',
    ],
    [
      "a name that leads elsewhere",
      [{ a: { secrets: { "../x": {} } } }],
      /hosts\.a\.secrets.*a name of letters, digits, _ and -/,
    ],
    [
      "an encrypted file that is none of age's",
      [{ a: { secrets: { token: { age: "../x.age" } } } }],
      "a .age file below nix/",
    ],
  ];
  for (const [what, args, expected] of faults) {
    it(`refuse ${what}, and do not repeat it`, () => {
      const message = faultsOf(...args);
      if (typeof expected === "string") ok(message.includes(expected), message);
      else match(message, expected);
      ok(!message.includes("SECRET"), message);
    });
  }

  it("in a file are refused when the file is not there or not encrypted", async () => {
    const flake = await mkdtemp(join(tmpdir(), "pi-fleet-age-"));
    try {
      await writeFile(join(flake, "plain.age"), "SECRET\n");
      await writeFile(join(flake, "binary.age"), "age-encryption.org/v1\n-> ssh-ed25519 x y\n");
      await writeFile(join(flake, "armored.age"), "-----BEGIN AGE ENCRYPTED FILE-----\n");
      const ages = ["none", "plain", "binary", "armored"].map((name) => [name, { age: `${name}.age` }]);
      const { hosts } = fleetConfig.parse({
        hosts: { a: { board: "pi4", secrets: Object.fromEntries(ages) as object } },
        keys: { holders: [key] },
      });
      const faults = ageFaults(hosts, flake);
      deepEqual(
        faults.map(({ path }) => path.join(".")),
        ["hosts.a.secrets.none.age", "hosts.a.secrets.plain.age"],
      );
      match(faults[0]!.message, /^there is no file .*none\.age/);
      match(faults[1]!.message, /plain\.age is not encrypted with age/);
      deepEqual(deliveryOf(hosts["a"]!, {}, "").files, []);
    } finally {
      await rm(flake, { recursive: true });
    }
  });

  it("take a key of 64 hexadecimal digits as it is, and a passphrase of 63 characters", () => {
    const hash = "0123456789abcdef".repeat(4);
    equal(faultsOf({ a: wifi }, { psk_workshop: hash, home: "x".repeat(63) }), "");
  });
});
