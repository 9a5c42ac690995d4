import { deepEqual } from "node:assert/strict";
import { faultsOf, good } from "./refusals.js";

const runner = { kind: "organization", organization: "o" };
const cache = (url: string) => ({ caches: [{ url, publicKey: `x-1:${"A".repeat(43)}=` }] });
const overrides = (nixpkgs: string) => ({ nix: { overrideInputs: { nixpkgs } } });

// By hand, each option was given some sixty nasty values; these were taken, and each would have done something.
describe("values that mean something else to the program that reads them", () => {
  for (const [what, host, path] of [
    [
      "a URL that ends at another host",
      { runner: { ...runner, github: { url: "https://a\\@b" } } },
      "runner.github.url",
    ],
    [
      "a user in a URL",
      { runner: { ...runner, github: { url: "https://github.com@b" } } },
      "runner.github.url",
    ],
    ["a query in a URL", { runner: { ...runner, github: { api: "https://a/?q=" } } }, "runner.github.api"],
    [
      "a port that can't be",
      { runner: { ...runner, github: { url: "https://a:99999" } } },
      "runner.github.url",
    ],
    [
      "an option of the runner's configuration as a name",
      { runner: { ...runner, name: "--pat" } },
      "runner.name",
    ],
    ["such an option as a label", { runner: { ...runner, labels: ["--pat"] } }, "runner.labels[0]"],
    ["such an option as a group", { runner: { ...runner, group: "--pat" } }, "runner.group"],
    ["a group of two lines", { runner: { ...runner, group: "a\nb" } }, "runner.group"],
    ["a password in a cache's URL", cache("https://me:secret@cache.lan"), "caches[0].url"],
    ["a user in a cache's URL", cache("https://token@cache.lan"), "caches[0].url"],
    [
      "a password in a headscale's URL",
      { network: { tailscale: { loginServer: "https://me:secret@h.lan" } } },
      "network.tailscale.loginServer",
    ],
    ["an option of systemctl as a unit", { health: { units: ["-H.service"] } }, "health.units[0]"],
    ["a unit of no kind", { health: { units: ["sshd.conf"] } }, "health.units[0]"],
    ["every address as a static one", { network: { address: "0.0.0.0/0" } }, "network.address"],
    ["the Pi's own address as a static one", { network: { address: "127.0.0.1/8" } }, "network.address"],
    ["no gateway as a gateway", { network: { gateway: "0.0.0.0" } }, "network.gateway"],
    ["a NUL in rules", { hil: { udevRules: "a\0b" } }, "hil.udevRules"],
    ["a name that every map of JavaScript has, as a board", { board: "constructor" }, "board"],
  ] as const)
    it(`are refused: ${what}`, () => {
      const config = { ...good, hosts: { a: { board: "pi4", ...host } } };
      const faults = faultsOf(config, ["pi-fleet:githubToken"]).filter(
        (line) => !line.includes("githubToken"),
      );
      deepEqual(
        faults.map((line) => line.slice(0, line.indexOf(": "))),
        [`pi-fleet:hosts.a.${path}`],
        faults.join("\n"),
      );
      deepEqual(
        faults.filter((line) => line.includes("secret@") || line.includes("token@")),
        [],
      );
    });

  it("are refused: a password in a flake reference, and an option", () => {
    for (const ref of ["git+https://me:secret@git.lan/x", "--impure", "a\0b", "github:a/b#c", "github:a/b c"])
      deepEqual(
        faultsOf({ ...good, ...overrides(ref) }).map((line) => line.slice(0, line.indexOf(": "))),
        ["pi-fleet:nix.overrideInputs.nixpkgs"],
      );
  });

  it("are not what people write", () => {
    for (const url of [
      "https://a.cachix.org",
      "ssh://nix@cache.lan",
      "s3://bucket?region=x",
      "file:///mnt/cache",
    ])
      deepEqual(faultsOf({ ...good, hosts: { a: { board: "pi4", ...cache(url) } } }), []);
    for (const ref of ["git+ssh://git@git.lan/x", "github:NixOS/nixpkgs/nixos-25.11", "path:./x y", "~/x"])
      deepEqual(faultsOf({ ...good, ...overrides(ref) }), []);
  });

  it("are a secret's name that is in no stack", () => {
    const hosts = { a: { board: "pi4", secrets: { constructor: {} } } };
    deepEqual(
      faultsOf({ ...good, hosts }).map((line) => line.slice(0, line.indexOf(";"))),
      ["pi-fleet:secrets.constructor: is missing"],
    );
  });
});
