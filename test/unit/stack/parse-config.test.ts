import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { faultsOf, flat, good, itRefuses, key, nested } from "../config/refusals.js";

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

  itRefuses({
    "a key file that isn't there": [
      { ...good, keys: { holders: [{ file: "/nowhere/id.pub" }] } },
      /keys\.holders\[0\]\.file: there is no such file/,
    ],
    "a runner without a credential": [
      { ...good, hosts: { a: { board: "pi4", runner: { kind: "repository", repository: "o/r" } } } },
      /githubToken: is missing, and a should be a runner/,
    ],
    "a secret in clear": [
      { ...good, githubToken: "ghp_abc" },
      /^(?!.*ghp_abc).*githubToken: is in clear\. Set it with: pulumi config set --secret/,
    ],
  });

  it("takes a secret that is encrypted, and refuses a map that is", () => {
    assert.deepEqual(faultsOf({ ...good, githubToken: "x" }, ["pi-fleet:githubToken"]), []);
    assert.match(faultsOf(good, ["pi-fleet:hosts"]).join(), /hosts: is encrypted as a whole/);
  });

  it("reads keys from a file", () => {
    const file = join(mkdtempSync(join(tmpdir(), "pi-fleet-test-")), "id.pub");
    writeFileSync(file, `# mine\n${key}\n`);
    assert.deepEqual(parseFleetConfig(flat({ ...good, keys: { holders: [{ file }] } })).holders, [key]);
  });

  it("refuses what is nested too deep to read, in each of its parts", () => {
    for (const part of ["hosts", "waves", "nix"])
      assert.deepEqual(
        faultsOf({ ...good, [part]: { a: { board: "pi4", settings: { x: nested(3000) } } } }),
        [`pi-fleet:${part}: is nested more than 100 levels deep.`],
      );
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
});
