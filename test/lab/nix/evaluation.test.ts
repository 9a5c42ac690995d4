import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { boardNames, boards } from "../../../components/config/boards.js";
import { host, motd } from "./modules.js";
import { type NixLab, nixLab } from "./nix.js";

describe("nix/ with the lab's nixpkgs, evaluation", function () {
  this.timeout(180_000);
  let nix: NixLab;

  before(async function () {
    nix = await nixLab(this);
  });
  it("plans hosts of both systems at once", async () => {
    const plan = await nix.planOf({ "lab-a": host({}), "lab-c": host({ board: "pi4" }) });
    equal(plan["lab-a"]?.system, "x86_64-linux");
    equal(plan["lab-c"]?.system, "aarch64-linux");
    match(plan["lab-a"].toplevel, /^\/nix\/store\/\w{32}-nixos-system-lab-a-/);
    match(plan["lab-c"].drvPath, /-nixos-system-lab-c-.*\.drv$/);
  });

  it("plans every board, with its own system", async () => {
    // A PC has no image, which would name its file system.
    const root = { fileSystems: { "/": { device: "/dev/disk/by-label/nixos" } } };
    const hosts = Object.fromEntries(
      boardNames.map((board) => [board, host({ board }, board === "x86_64" ? root : {})]),
    );
    const plan = await nix.planOf(hosts);
    for (const board of boardNames) equal(plan[board]?.system, boards[board].system);
  });

  it("has another system build for a board when asked, with the board's own programs", async () => {
    const cross = host({ board: "pi4", crossFrom: "x86_64-linux" });
    const plan = await nix.planOf({ "lab-c": cross });
    const drv = plan["lab-c"]?.drvPath ?? "";
    const shown = JSON.parse(await nix.copy.outputOf("nix", "derivation", "show", drv)) as object;
    match(JSON.stringify(shown), /"system":"x86_64-linux"/);
    equal(plan["lab-c"]?.system, "aarch64-linux");
    const system = await nix.copy.outputOf("nix", "build", "--no-link", "--print-out-paths", `${drv}^out`);
    equal(await nix.copy.outputOf("cat", `${system}/system`), "aarch64-linux");
    const [interpreter = ""] = (await nix.copy.outputOf("cat", `${system}/activate`)).slice(2).split("\n");
    // e_machine of ELF: aarch64.
    equal(await nix.copy.outputOf("od", "-An", "-tx1", "-j18", "-N1", interpreter), " b7");
  });

  it("makes boards with little memory for little memory", async () => {
    const zram = async (board: string) =>
      nix.copy.outputOf(
        "nix",
        "eval",
        "--json",
        ...(await nix.flakeArguments({ a: host({ board }) }, "nixosConfigurations.a.config.zramSwap.enable")),
      );
    equal(await zram("zero2w"), "true");
    equal(await zram("pi4"), "false");
  });

  it("has the revision in the system only when asked", async () => {
    const plain = await nix.planOf({ "lab-a": host({}) });
    const revised = await nix.planOf({ "lab-a": host({ fleet: { base: { revision: "abc" } } }) });
    notEqual(revised["lab-a"]?.toplevel, plain["lab-a"]?.toplevel);
  });

  it("takes an option by the name that it had, with a warning", async () => {
    const base = {
      collectGarbage: false,
      garbageDates: "daily",
      generations: 3,
      localJobs: 2,
      revision: "abc",
    };
    const plan = await nix.planOf({ "lab-a": host({ fleet: { base } }) });
    const { stdout, stderr } = await nix.evaluate({ "lab-a": host({}, { fleet: base }) });
    deepEqual(JSON.parse(stdout), plan, stderr);
    for (const name of Object.keys(base))
      match(stderr, new RegExp(`option .fleet\\.${name}. .*has been renamed to .fleet\\.base\\.${name}'`));
  });

  it("has a fresh table of the options: docs/options.md", async () => {
    const table = await nix.copy.outputOf(
      "nix",
      "eval",
      "--raw",
      ...(await nix.flakeArguments({ a: host({}) }, "optionsDoc")),
    );
    const file = new URL("../../../docs/options.md", import.meta.url);
    if (process.env["UPDATE"]) await writeFile(file, `${table.trim()}\n`);
    equal((await readFile(file, "utf8")).trim(), table.trim(), "run this test with UPDATE=1");
  });

  it("has sshd listen at the port that config says, unless the system itself says another", async () => {
    const ports = { services: { openssh: { ports: [22] } } };
    const plan = await nix.planOf({ a: host({}) });
    notEqual((await nix.planOf({ a: host({ fleet: { port: 8023 } }) }))["a"]?.toplevel, plan["a"]?.toplevel);
    deepEqual(await nix.planOf({ a: host({ fleet: { port: 8023 } }, ports) }), plan);
  });

  it("gives the same plan in another folder", async () => {
    const hosts = { "lab-a": host({}) };
    await mkdir(join(nix.copy.dir, "elsewhere"));
    await cp(join(nix.copy.dir, "nix"), join(nix.copy.dir, "elsewhere/nix"), { recursive: true });
    deepEqual(await nix.planOf(hosts, join(nix.copy.dir, "elsewhere/nix")), await nix.planOf(hosts));
  });

  it("changes the toplevel of the host whose setting changed, and no other", async () => {
    const before = await nix.planOf({ "lab-a": host({}), "lab-b": host({}) });
    const after = await nix.planOf({ "lab-a": host({}, motd("hello")), "lab-b": host({}) });
    notEqual(after["lab-a"]?.toplevel, before["lab-a"]?.toplevel);
    equal(after["lab-b"]?.toplevel, before["lab-b"]?.toplevel);
  });

  it("changes every toplevel when a module of all changes", async () => {
    const hosts = { "lab-a": host({}), "lab-b": host({}) };
    const before = await nix.planOf(hosts);
    const changed = join(nix.copy.dir, "changed/nix");
    await cp(join(nix.copy.dir, "nix"), changed, { recursive: true });
    const module = join(changed, "modules/default.nix");
    const addition = "{ pkgs, ... }: { environment.systemPackages = [ pkgs.nano ];";
    await writeFile(module, (await readFile(module, "utf8")).replace("{", addition));
    const after = await nix.planOf(hosts, changed);
    for (const name of Object.keys(hosts)) notEqual(after[name]?.toplevel, before[name]?.toplevel);
  });

  const faults: Record<string, [unknown, RegExp]> = {
    "an unknown option": [
      host({}, { services: { opensh: { enable: true } } }),
      /The option `services\.opensh' does not exist.*fleet\.json, settings of host 'lab-a'/s,
    ],
    "a value of a wrong type": [
      host({}, { networking: { hostName: 7 } }),
      /definition for option `networking\.hostName' is not of type.*fleet\.json, settings of host 'lab-a'/s,
    ],
    "two values for one option": [
      host({}, { fleet: { user: "me" } }),
      /The option `fleet\.user' has conflicting definition values.*host 'lab-a'/s,
    ],
    "an unknown board": [
      host({ board: "pi9" }),
      /host 'lab-a': there is no board 'pi9'; there are pi2, pi3, pi4, pi5, virtual, x86_64, zero2w/,
    ],
    "an unknown profile": [
      host({ profiles: ["servr"] }),
      /host 'lab-a': there is no profile 'servr'; there are common, main, minimal, network, server, work/,
    ],
    "an account of the deploy user's name": [
      host({ fleet: { users: { pi: { keys: ["ssh-ed25519 AAAA x"] } } } }),
      /fleet\.users of lab-a has pi, which is fleet\.user/,
    ],
    "emulation of its own system": [
      host({ fleet: { serve: { enable: true, emulate: ["x86_64-linux"] } } }),
      /fleet\.serve\.emulate of lab-a has x86_64-linux, which is its own system/,
    ],
    "a passphrase that would be in the store": [
      host(
        {},
        { networking: { wireless: { enable: true, networks: { home: { pskRaw: "0".repeat(64) } } } } },
      ),
      /networking\.wireless\.networks of lab-a has a passphrase for home/,
    ],
    "an encrypted secret that is not there": [
      host({ fleet: { secrets: { token: { age: "secrets/none.age" } } } }),
      /host 'lab-a': there is no file secrets\/none\.age in nix\//,
    ],
    "a restricted deploy user without the scripts and the key": [
      host({ fleet: { sudo: { onlyActivation: true } } }),
      /fleet\.sudo\.onlyActivation of lab-a needs fleet\.signingKey and the scripts in fleet\.json's `onPi`/,
    ],
    "a restricted deploy user in wheel": [
      host(
        { fleet: { sudo: { onlyActivation: true } } },
        { users: { users: { pi: { extraGroups: ["wheel"] } } } },
      ),
      /fleet\.sudo\.onlyActivation of lab-a: pi is in wheel/,
    ],
    "a restricted deploy user whom sudo would not serve": [
      host({ fleet: { sudo: { onlyActivation: true } } }, { security: { sudo: { execWheelOnly: true } } }),
      /onlyActivation of lab-a: security\.sudo\.execWheelOnly lets only wheel run sudo, .* Set security\.sudo\.execWheelOnly = false/,
    ],
    "a restricted deploy user without sudo": [
      host({ fleet: { sudo: { onlyActivation: true } } }, { security: { sudo: { enable: false } } }),
      /onlyActivation of lab-a: security\.sudo\.enable is off/,
    ],
    "an encrypted secret of a unit that is no service": [
      host({ fleet: { secrets: { token: { age: "flake.nix", units: ["my.target"] } } } }),
      /fleet\.secrets\.token\.units of lab-a has my\.target: name services/,
    ],
    "a restricted deploy user whom Nix trusts": [
      host(
        { fleet: { sudo: { onlyActivation: true } } },
        { nix: { settings: { "trusted-users": ["root", "@users"] } } },
      ),
      /fleet\.sudo\.onlyActivation of lab-a: nix\.settings\.trusted-users has @users, which makes pi root/,
    ],
    "a restricted deploy user who needs no signature": [
      host({ fleet: { sudo: { onlyActivation: true } } }, { nix: { settings: { "require-sigs": false } } }),
      /fleet\.sudo\.onlyActivation of lab-a: nix\.settings\.require-sigs is off/,
    ],
    "a host key that the lab's sshd would ignore": [
      host({}, { services: { openssh: { hostKeys: [{ type: "ed25519", path: "/key" }] } } }),
      /services\.openssh\.hostKeys: the lab's sshd has the host key of its card/,
    ],
    "user services that the lab has not": [
      host({}, { users: { users: { pi: { linger: true } } } }),
      /users\.users\.pi\.linger: the lab's hosts have no user services/,
    ],
    "an unknown module": [
      host({ modules: ["hosts/x.nix"] }),
      /host 'lab-a': there is no module hosts\/x\.nix/,
    ],
    "an unknown key": [
      { ...host({}), colour: "red" },
      /host 'lab-a' has the unknown key 'colour'; known are/,
    ],
    "no key to log in with": [host({ authorizedKeys: [] }), /nobody could log in to lab-a/],
    "an address without its network": [
      host({ network: { mdns: true, address: "10.0.0.1" } }),
      /definition for option `fleet\.network\.address' is not of type/,
    ],
  };
  for (const [fault, [bad, message]] of Object.entries(faults)) {
    it(`refuses ${fault} and says where`, async () => {
      const { exitCode, stderr } = await nix.evaluate({ "lab-a": bad });
      equal(exitCode, 1);
      match(stderr, message);
    });
  }

  // Each case was run with nixpkgs.lib too, and gave the same.
  const cases: Record<string, [string, unknown]> = {
    "a plain value beats mkDefault": ["merge t.int [ (lib.mkDefault 1) 2 ]", 2],
    "mkForce beats a plain value": ["merge t.int [ (lib.mkForce 1) 2 ]", 1],
    "the strongest mkOverride wins": ["merge t.int [ (lib.mkForce 1) (lib.mkOverride 40 7) ]", 7],
    "mkIf keeps the priority inside": ["merge t.int [ (lib.mkIf true (lib.mkForce 1)) 2 ]", 1],
    "the last module's list comes first": ["merge (t.listOf t.int) [ [ 1 ] [ 2 ] ]", [2, 1]],
    "mkBefore and mkAfter order lists": [
      "merge (t.listOf t.int) [ [ 1 ] (lib.mkBefore [ 2 ]) (lib.mkAfter [ 3 ]) [ 4 ] ]",
      [2, 4, 1, 3],
    ],
    "mkForce empties a list": ["merge (t.listOf t.int) [ [ 1 ] (lib.mkForce [ ]) ]", []],
    "mkMerge and mkIf inside a list": [
      "merge (t.listOf t.int) [ (lib.mkMerge [ [ 1 ] (lib.mkIf false [ 2 ]) ]) ]",
      [1],
    ],
    "attribute sets merge by name": [
      "merge (t.attrsOf t.int) [ { a = 1; } { b = 2; } { a = lib.mkForce 3; } ]",
      { a: 3, b: 2 },
    ],
    "a false mkIf is no attribute": [
      "merge (t.attrsOf t.int) [ { a = lib.mkIf false 1; b = 2; } ]",
      { b: 2 },
    ],
    "a renamed option is defined by its old name too, with its priority": [
      `(lib.evalModules { modules = [
        { options.new.x = lib.mkOption { type = t.int; default = 0; }; }
        (lib.mkRenamedOptionModule [ "x" ] [ "new" "x" ])
        { x = lib.mkForce 1; }
        { new.x = 2; }
      ]; }).config.new.x`,
      1,
    ],
    "lines are joined": ['merge t.lines [ "a" "b" ]', "b\na"],
    "submodules know their name": [
      "merge (t.attrsOf (t.submodule ({ name, ... }: { options.n = lib.mkOption { default = name; }; }))) [ { x = { }; } ]",
      { x: { n: "x" } },
    ],
  };
  for (const [rule, [expression, expected]] of Object.entries(cases)) {
    it(`merges as nixpkgs does: ${rule}`, async () => {
      const merge = `let
          lib = import ${nix.copy.lab.generatedDir}/nixpkgs/lib;
          t = lib.types;
          merge = type: values: (lib.evalModules {
            modules = [ { options.x = lib.mkOption { inherit type; }; } ] ++ map (x: { inherit x; }) values;
          }).config.x;
        in ${expression}`;
      const { stdout, stderr } = await nix.copy.lab.exec([
        "nix",
        "eval",
        "--impure",
        "--json",
        "--expr",
        merge,
      ]);
      ok(stdout !== "", stderr);
      deepEqual(JSON.parse(stdout), expected);
    });
  }
});
