import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../components/shared/user-error.js";
import { wavesOf } from "../../../components/rollout/waves.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { stackFileSchema } from "../../../components/config/stack-file-schema.js";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ me@laptop";
const good = { hosts: { a: { board: "pi4" } }, keys: { holders: [key] } };

/** The engine's form: maps as JSON, each key with its namespace. */
function flat(config: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      `pi-fleet:${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

function faultsOf(config: Record<string, unknown>, encrypted: string[] = []): string[] {
  try {
    parseFleetConfig(flat(config), encrypted);
  } catch (error) {
    assert(error instanceof UserError, String(error));
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

describe("stack config", () => {
  it("fills in what a small config leaves out", () => {
    const { fleet, holders } = parseFleetConfig(flat(good));
    assert.equal(fleet.hosts["a"]?.user, "pi");
    assert.equal(fleet.hosts["a"]?.buildHost, "local");
    assert.equal(fleet.timeouts.connect, 15);
    assert.deepEqual(holders, [key]);
  });

  it("tells every fault at once, each with its path", () => {
    const faults = faultsOf({
      hosts: {
        a: { bord: "pi4", port: "x" },
        B_x: { board: "pi4" },
        c: { board: "p4", buildHost: "nsa" },
        d: { board: "pi4", buildHost: "nsa", modules: ["/etc/x.nix"] },
        e: { board: "pi4", buildHost: "nsa" },
      },
      keys: { holders: [key] },
      buildHosts: { nas: { kind: "ssh", address: "nas.lan" } },
      timeuots: {},
      waves: { canary: ["aa"] },
    });
    const paths = faults.map((line) => line.slice(0, line.indexOf(": ")));
    for (const path of [
      "timeuots",
      "hosts.a.board",
      "hosts.a.bord",
      "hosts.a.port",
      "hosts.B_x",
      "hosts.c.board",
      "hosts.d.modules[0]",
      "hosts.e.buildHost",
      "waves.canary[0]",
    ]) {
      assert(paths.includes(`pi-fleet:${path}`), `${path} is not among\n${faults.join("\n")}`);
    }
  });

  const cases: [string, Record<string, unknown>, RegExp][] = [
    [
      "an unknown option, with the nearest",
      { ...good, hosts: { a: { board: "pi4", adress: "x" } } },
      /hosts\.a\.adress: unknown option — did you mean "address"\?/,
    ],
    [
      "a board that doesn't exist",
      { ...good, hosts: { a: { board: "p4" } } },
      /hosts\.a\.board: must be one of .*pi4.* — did you mean "pi4"\? Found "p4"\./,
    ],
    [
      "a board that NixOS can't serve, with the reason",
      { ...good, hosts: { a: { board: "pi1" } } },
      /hosts\.a\.board: .*armv6l/,
    ],
    ["no board", { ...good, hosts: { a: {} } }, /hosts\.a\.board: is missing; it is one of pi2, pi3, pi4/],
    [
      "no key that a person holds",
      { hosts: good.hosts, keys: { holders: [] } },
      /keys\.holders: give at least one public key that you hold/,
    ],
    ["no keys at all", { hosts: good.hosts }, /keys: give at least one public key that you hold/],
    [
      "a cut key",
      { ...good, keys: { holders: [key.slice(0, 60)] } },
      /keys\.holders\[0\]: .*was it cut when copied\?/,
    ],
    [
      "a private key, which it does not repeat",
      { ...good, keys: { holders: ["-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET"] } },
      /^(?!.*SECRET).*keys\.holders\[0\]: this is a private key/,
    ],
    [
      "a key file that isn't there",
      { ...good, keys: { holders: [{ file: "/nowhere/id.pub" }] } },
      /keys\.holders\[0\]\.file: there is no such file/,
    ],
    [
      "two Pis at one address",
      {
        ...good,
        hosts: { a: { board: "pi4", address: "10.0.0.1" }, b: { board: "pi4", address: "10.0.0.1" } },
      },
      /hosts\.b\.address: a has the same address/,
    ],
    [
      "a build host that can't build the board",
      {
        ...good,
        hosts: { a: { board: "pi4", buildHost: "nas" } },
        buildHosts: { nas: { kind: "ssh", address: "n", systems: ["x86_64-linux"] } },
      },
      /hosts\.a\.buildHost: the board pi4 needs aarch64-linux/,
    ],
    [
      "an unknown kind of build host",
      { ...good, buildHosts: { nas: { kind: "shh", address: "n" } } },
      /buildHosts\.nas\.kind: .*must be one of local, ssh.*Found "shh"/,
    ],
    [
      "two runners of one name",
      {
        ...good,
        hosts: {
          a: { board: "pi4", runner: { kind: "repository", repository: "o/r", name: "x" } },
          b: { board: "pi4", runner: { kind: "repository", repository: "o/r", name: "x" } },
        },
      },
      /hosts\.b\.runner\.name: a has a runner of the same name/,
    ],
    [
      "an address that is none",
      { ...good, hosts: { a: { board: "pi4", network: { address: "192.168.1.300/24" } } } },
      /hosts\.a\.network\.address: an IPv4 address with its prefix/,
    ],
    [
      "an ssh option as an address",
      { ...good, hosts: { a: { board: "pi4", address: "-oProxyCommand=x" } } },
      /hosts\.a\.address: /,
    ],
    [
      "a number that is text",
      { ...good, timeouts: { probe: "5" } },
      /timeouts\.probe: must be a number\. Found "5"\./,
    ],
    ["a map that is none", { ...good, hosts: "nonsense" }, /hosts: must be a map\. Found "nonsense"\./],
    ["no Pi at all, which would remove them", { ...good, hosts: {} }, /hosts: names no Pi, .*pulumi destroy/],
    [
      "a Pi at the address of a build host",
      {
        ...good,
        hosts: { nas: { board: "pi4" } },
        buildHosts: { box: { kind: "ssh", address: "nas.local" } },
      },
      /hosts\.nas\.address: the build host box has the same address/,
    ],
    [
      "a token in settings, which it does not repeat",
      {
        ...good,
        hosts: {
          a: {
            board: "pi4",
            settings: { environment: { etc: { x: { text: "token ghp_0123456789abcdef0123" } } } },
          },
        },
      },
      /^(?!.*ghp_).*hosts\.a\.settings\.environment\.etc\.x\.text: this looks like a secret/,
    ],
    [
      "a runner without a credential",
      { ...good, hosts: { a: { board: "pi4", runner: { kind: "repository", repository: "o/r" } } } },
      /githubToken: is missing, and a should be a runner/,
    ],
    [
      "a secret in clear",
      { ...good, githubToken: "ghp_abc" },
      /^(?!.*ghp_abc).*githubToken: is in clear\. Set it with: pulumi config set --secret/,
    ],
  ];
  for (const [what, config, expected] of cases) {
    it(`refuses ${what}`, () => {
      const faults = faultsOf(config);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0] ?? "", expected);
    });
  }

  it("takes a secret that is encrypted, and refuses a map that is", () => {
    assert.deepEqual(faultsOf({ ...good, githubToken: "x" }, ["pi-fleet:githubToken"]), []);
    assert.match(faultsOf(good, ["pi-fleet:hosts"]).join(), /hosts: is encrypted as a whole/);
  });

  it("reads keys from a file", () => {
    const file = join(mkdtempSync(join(tmpdir(), "pi-fleet-test-")), "id.pub");
    writeFileSync(file, `# mine\n${key}\n`);
    assert.deepEqual(parseFleetConfig(flat({ ...good, keys: { holders: [{ file }] } })).holders, [key]);
  });

  it("leaves other namespaces alone", () => {
    assert.equal(Object.keys(parseFleetConfig({ ...flat(good), "github:owner": "x" }).fleet.hosts).length, 1);
  });

  it("answers any input with a config or a clean report", () => {
    // A small generator with a fixed seed: values of the wrong kind in every place of a right config.
    const odd = [
      null,
      0,
      -1,
      1.5,
      true,
      "",
      "x",
      "-",
      [],
      {},
      [null],
      { kind: null },
      { kind: "ssh" },
      "\u0000",
      "a".repeat(5000),
      { file: 3 },
    ];
    const right = JSON.stringify({
      hosts: {
        a: {
          board: "pi4",
          address: "a",
          user: "pi",
          port: 22,
          hostKey: key,
          buildHost: "nas",
          modules: ["x.nix"],
          settings: { a: 1 },
          network: {
            mdns: true,
            address: "10.0.0.1/8",
            nameservers: ["10.0.0.1"],
            wifi: { networks: { home: { secret: "psk_home", hidden: true } }, country: "IT" },
            tailscale: { loginServer: "https://h.example.org", tags: ["tag:ci"] },
          },
          profiles: ["minimal"],
          base: { generations: 3, revision: "abc" },
          users: { beau: { keys: [key], wheel: true, groups: ["dialout"] } },
          lowMemory: { swapFileMiB: 1024 },
          storage: { cardGiB: 16, tmpSize: "64M" },
          watchdog: { seconds: 10 },
          builders: [{ kind: "nixbuild" }, { kind: "ssh", host: "nas.lan", hostKey: key }],
          caches: [{ url: "https://x.cachix.org", publicKey: `x-1:${"A".repeat(43)}=` }],
          serve: { keys: [key], emulate: ["x86_64-linux"] },
          hil: { udevRules: "x" },
          runner: { kind: "repository", repository: "o/r", labels: ["x"] },
        },
      },
      keys: { holders: [key, { file: "x" }] },
      buildHosts: { nas: { kind: "ssh", address: "n", systems: ["aarch64-linux"] } },
      waves: { canary: ["a"], size: 2 },
      timeouts: { probe: 5 },
      nix: { flake: "nix", overrideInputs: { nixpkgs: "path:./x" } },
    });
    const places: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]) => {
      if (path.length > 0) places.push(path);
      if (Array.isArray(value)) value.forEach((inner, i) => walk(inner, [...path, i]));
      else if (value && typeof value === "object")
        Object.entries(value).forEach(([k, inner]) => walk(inner, [...path, k]));
    };
    walk(JSON.parse(right), []);
    for (const path of places) {
      for (const value of odd) {
        const config = JSON.parse(right) as Record<string, unknown>;
        let at = config as Record<string | number, unknown>;
        for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
        at[path.at(-1)!] = value;
        for (const line of faultsOf(config)) {
          assert.match(line, /^pi-fleet:\S+: \S/, `${JSON.stringify(path)} = ${JSON.stringify(value)}`);
          assert(!/Invalid input|undefined|\[object/.test(line), line);
        }
      }
    }
  });

  it("has a JSON Schema that is fresh: npm run schema", () => {
    const written: unknown = JSON.parse(
      readFileSync(new URL("../../../stack.schema.json", import.meta.url), "utf8"),
    );
    assert.deepEqual(written, JSON.parse(JSON.stringify(stackFileSchema())));
  });
});

describe("waves", () => {
  it("puts the canaries first and the rest in batches", () => {
    const hosts = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { board: "pi4" }]));
    const { fleet } = parseFleetConfig(flat({ ...good, hosts, waves: { canary: ["c"], size: 2 } }));
    assert.deepEqual(wavesOf(fleet), [
      { name: "wave 1 (canary)", pis: ["c"] },
      { name: "wave 2", pis: ["a", "b"] },
      { name: "wave 3", pis: ["d"] },
    ]);
  });
});
