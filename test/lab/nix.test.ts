import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { boardNames, boards } from "../../components/config/boards.js";
import type { Evaluation } from "../../components/evaluation/toplevel.js";
import type * as Hosts from "../../lab/hosts/index.js";
import { skip } from "../skip.js";
import { Copy } from "./checkout.js";

type Settings = Record<string, unknown>;
type Plan = Record<string, { drvPath: string; toplevel: string; system: string }>;

// A lab of its own, in a copy of the checkout: the one that a person uses is left alone.
describe("nix/ with the lab's nixpkgs", function () {
  this.timeout(180_000);
  let made: Copy | undefined;
  let copy: string;
  let lab: typeof Hosts;
  let person: string;
  const booted = new Set<string>();

  before(async function () {
    if (process.getuid?.() !== 0) skip(this, "the lab needs root");
    made = await Copy.make("nix");
    ({ dir: copy, lab } = made);
    await lab.startLab(() => undefined);
    person = (await readFile(join(lab.generatedDir, "user.pub"), "utf8")).trim();
  });

  after(async () => {
    await made?.remove();
  });

  describe("evaluation", () => {
    it("plans hosts of both systems at once", async () => {
      const plan = await planOf({ "lab-a": host({}), "lab-c": host({ board: "pi4" }) });
      equal(plan["lab-a"]?.system, "x86_64-linux");
      equal(plan["lab-c"]?.system, "aarch64-linux");
      match(plan["lab-a"].toplevel, /^\/nix\/store\/\w{32}-nixos-system-lab-a-/);
      match(plan["lab-c"].drvPath, /-nixos-system-lab-c-.*\.drv$/);
    });

    it("plans every board, with its own system", async () => {
      const hosts = Object.fromEntries(boardNames.map((board) => [board, host({ board })]));
      const plan = await planOf(hosts);
      for (const board of boardNames) equal(plan[board]?.system, boards[board].system);
    });

    it("has another system build for a board when asked, with the board's own programs", async () => {
      const cross = host({ board: "pi4", crossFrom: "x86_64-linux" });
      const plan = await planOf({ "lab-c": cross });
      const drv = plan["lab-c"]?.drvPath ?? "";
      const shown = JSON.parse(await onLaptop("nix", "derivation", "show", drv)) as object;
      match(JSON.stringify(shown), /"system":"x86_64-linux"/);
      equal(plan["lab-c"]?.system, "aarch64-linux");
      const system = await onLaptop("nix", "build", "--no-link", "--print-out-paths", `${drv}^out`);
      equal(await readInStore(`${system}/system`), "aarch64-linux");
      const [interpreter = ""] = (await readInStore(`${system}/activate`)).slice(2).split("\n");
      // e_machine of ELF: aarch64.
      equal(await onLaptop("od", "-An", "-tx1", "-j18", "-N1", interpreter), " b7");
    });

    it("makes boards with little memory for little memory", async () => {
      const zram = async (board: string) =>
        onLaptop(
          "nix",
          "eval",
          "--json",
          ...(await flakeArguments(
            { a: host({ board }) },
            join(copy, "nix"),
            "nixosConfigurations.a.config.zramSwap.enable",
          )),
        );
      equal(await zram("zero2w"), "true");
      equal(await zram("pi4"), "false");
    });

    it("has the revision in the system only when asked", async () => {
      const plain = await planOf({ "lab-a": host({}) });
      const revised = await planOf({ "lab-a": host({ fleet: { base: { revision: "abc" } } }) });
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
      const plan = await planOf({ "lab-a": host({ fleet: { base } }) });
      const { stdout, stderr } = await evaluate({ "lab-a": host({}, { fleet: base }) });
      deepEqual(JSON.parse(stdout), plan, stderr);
      for (const name of Object.keys(base))
        match(stderr, new RegExp(`option .fleet\\.${name}. .*has been renamed to .fleet\\.base\\.${name}'`));
    });

    it("evaluates a flake of one's own, and names the Pi whose attribute is not there", async () => {
      const mine = join(copy, "mine");
      await mkdir(mine);
      await writeFile(
        join(mine, "flake.nix"),
        `{ inputs.nixpkgs.url = "path:${lab.generatedDir}/nixpkgs";
           outputs = { nixpkgs, ... }: { nixosConfigurations.bench = nixpkgs.lib.nixosSystem {
             modules = [ { nixpkgs.hostPlatform = "x86_64-linux"; boot.isContainer = true; networking.hostName = "mine";
               users.users.root.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA x" ]; } ]; }; }; }`,
      );
      const flake = (attr: string) => ({ flake: { ref: mine, attr } });
      const hosts = {
        a: flake("bench"),
        b: flake("nowhere"),
        c: { ...host({}), fleet: { base: { generations: 3 } } },
      };
      const inputs = {
        nixpkgs: `path:${lab.generatedDir}/nixpkgs`,
        "nixos-hardware": `path:${lab.generatedDir}/nixpkgs/nixos-hardware`,
      };
      const program = `import("./components/evaluation/evaluate-fleet.ts").then(async ({ evaluateFleet }) =>
        console.log(JSON.stringify(await evaluateFleet(${JSON.stringify(hosts)},
          { flake: "nix", overrideInputs: ${JSON.stringify(inputs)} }))))`;
      const plans = JSON.parse(await onLaptop("npx", "tsx", "--eval", program)) as Record<string, Evaluation>;
      ok(plans["a"]?.kind === "toplevel", JSON.stringify(plans));
      match(plans["a"].outPath, /-nixos-system-mine-/);
      equal(plans["a"].system, "x86_64-linux");
      ok(plans["b"]?.kind === "failed");
      match(plans["b"].message, /attribute 'nowhere' missing/);
      equal(plans["c"]?.kind, "toplevel");
    });

    it("has a fresh table of the options: docs/options.md", async () => {
      const table = await onLaptop(
        "nix",
        "eval",
        "--raw",
        ...(await flakeArguments({ a: host({}) }, join(copy, "nix"), "optionsDoc")),
      );
      const file = new URL("../../docs/options.md", import.meta.url);
      if (process.env["UPDATE"]) await writeFile(file, `${table.trim()}\n`);
      equal((await readFile(file, "utf8")).trim(), table.trim(), "run this test with UPDATE=1");
    });

    it("gives the same plan in another folder", async () => {
      const hosts = { "lab-a": host({}) };
      await mkdir(join(copy, "elsewhere"));
      await cp(join(copy, "nix"), join(copy, "elsewhere/nix"), { recursive: true });
      deepEqual(await planOf(hosts, join(copy, "elsewhere/nix")), await planOf(hosts));
    });

    it("changes the toplevel of the host whose setting changed, and no other", async () => {
      const before = await planOf({ "lab-a": host({}), "lab-b": host({}) });
      const after = await planOf({ "lab-a": host({}, motd("hello")), "lab-b": host({}) });
      notEqual(after["lab-a"]?.toplevel, before["lab-a"]?.toplevel);
      equal(after["lab-b"]?.toplevel, before["lab-b"]?.toplevel);
    });

    it("changes every toplevel when a module of all changes", async () => {
      const hosts = { "lab-a": host({}), "lab-b": host({}) };
      const before = await planOf(hosts);
      const changed = join(copy, "changed/nix");
      await cp(join(copy, "nix"), changed, { recursive: true });
      const module = join(changed, "modules/default.nix");
      const addition = "{ pkgs, ... }: { environment.systemPackages = [ pkgs.nano ];";
      await writeFile(module, (await readFile(module, "utf8")).replace("{", addition));
      const after = await planOf(hosts, changed);
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
        /host 'lab-a': there is no board 'pi9'; there are pi2, pi3, pi4, pi5, virtual, zero2w/,
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
        const { exitCode, stderr } = await evaluate({ "lab-a": bad });
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
            lib = import ${lab.generatedDir}/nixpkgs/lib;
            t = lib.types;
            merge = type: values: (lib.evalModules {
              modules = [ { options.x = lib.mkOption { inherit type; }; } ] ++ map (x: { inherit x; }) values;
            }).config.x;
          in ${expression}`;
        const { stdout, stderr } = await lab.exec(["nix", "eval", "--impure", "--json", "--expr", merge]);
        ok(stdout !== "", stderr);
        deepEqual(JSON.parse(stdout), expected);
      });
    }
  });

  describe("switching a host", () => {
    before(async () => {
      await flashAndBoot("lab-a");
    });

    it("puts files, units, accounts and keys in place", async () => {
      const toplevel = await deploy("lab-a", host({}, { ...motd("hello"), ...loop("ticker") }));
      const { exitCode, stderr } = await switchTo("lab-a", toplevel, "switch");
      equal(exitCode, 0, stderr);
      equal(
        await onHost("lab-a", "readlink /run/current-system /boot/lab-default"),
        `${toplevel}\n${toplevel}`,
      );
      equal(await onHost("lab-a", "cat /etc/motd"), "hello");
      const first = "/var/lib/pi-fleet-secrets/first";
      equal(await onHost("lab-a", `stat -c '%a %U' ${first}; cat ${first}`), "600 root\nof the card");
      equal(await onHost("lab-a", "readlink /etc/motd"), "/etc/static/motd");
      equal(await onHost("lab-a", "systemctl is-active ticker"), "active");
      equal(await onHost("lab-a", "cat /etc/ssh/authorized_keys.d/pi"), person);
      match(await onHost("lab-a", "sshd -T"), /^passwordauthentication no$/im);
      match(await onHost("lab-a", "nix config show max-jobs"), /^1$/);
      equal((await ssh("lab-a", "pi", "sudo -n id -u")).stdout, "0");
    });

    it("says beforehand what it would do, and does nothing", async () => {
      const change = { ...loop("ticker", { environment: { A: "1" } }), ...motd("hello") };
      const toplevel = await deploy("lab-a", host({}, change));
      const before = await onHost("lab-a", "readlink /run/current-system");
      const { stderr } = await switchTo("lab-a", toplevel, "dry-activate");
      match(stderr, /would stop the following units: ticker\.service/);
      match(stderr, /would start the following units: ticker\.service/);
      equal(await onHost("lab-a", "readlink /run/current-system"), before);
    });

    it("restarts, reloads and skips changed units by their own rules", async () => {
      const units = (environment: Record<string, string>) => ({
        systemd: {
          services: {
            ...loop("plain", { environment }).systemd.services,
            ...loop("nostop", { environment, stopIfChanged: false }).systemd.services,
            ...loop("kept", { environment, restartIfChanged: false }).systemd.services,
            ...loop("reloads", { environment, reloadIfChanged: true, reload: ": > /run/reloaded" }).systemd
              .services,
          },
        },
      });
      await switchTo("lab-a", await deploy("lab-a", host({}, units({}))), "test");
      const { exitCode, stderr } = await switchTo(
        "lab-a",
        await deploy("lab-a", host({}, units({ A: "1" }))),
        "test",
      );
      equal(exitCode, 0, stderr);
      match(stderr, /^stopping the following units: plain\.service$/m);
      match(stderr, /^NOT restarting the following changed units: kept\.service$/m);
      match(stderr, /^reloading the following units: reloads\.service$/m);
      match(stderr, /^restarting the following units: nostop\.service$/m);
      match(stderr, /^starting the following units: plain\.service$/m);
      await onHost("lab-a", "test -e /run/reloaded");
    });

    it("removes what the new system has not", async () => {
      const { stderr } = await switchTo("lab-a", await deploy("lab-a", host({})), "test");
      match(stderr, /^stopping the following units: .*plain\.service/m);
      await onHost("lab-a", "! test -L /etc/systemd/system/plain.service && ! test -L /etc/motd");
    });

    it("keeps the boot default with test, and changes only that with boot", async () => {
      const tested = await deploy("lab-a", host({}, motd("tested")));
      const booted = await deploy("lab-a", host({}, motd("booted")));
      const before = await onHost("lab-a", "readlink /boot/lab-default");
      await switchTo("lab-a", tested, "test");
      equal(await onHost("lab-a", "readlink /boot/lab-default"), before);
      await switchTo("lab-a", booted, "boot");
      equal(await onHost("lab-a", "readlink /boot/lab-default"), booted);
      equal(await onHost("lab-a", "cat /etc/motd"), "tested");
    });

    const failures: Record<string, [Settings, number, RegExp]> = {
      "a failed unit": [
        { systemd: { services: { bad: { wantedBy: ["multi-user.target"], script: "exit 3" } } } },
        4,
        /warning: the following units failed: bad\.service/,
      ],
      "a failed activation": [
        { system: { activationScripts: { bad: "false" } } },
        2,
        /Activation script snippet 'bad' failed \(1\)/,
      ],
      "a failed pre-switch check": [
        { system: { preSwitchChecks: { bad: "false" } } },
        1,
        /Pre-switch check 'bad' failed\nPre-switch checks failed/,
      ],
      "a sudoers file that sudo can't read": [
        { security: { sudo: { extraConfig: "nonsense" } } },
        2,
        /Activation script snippet 'etc' failed/,
      ],
    };
    for (const [failure, [settings, code, message]] of Object.entries(failures)) {
      it(`ends with ${code} after ${failure}`, async () => {
        const { exitCode, stderr } = await switchTo(
          "lab-a",
          await deploy("lab-a", host({}, settings)),
          "test",
        );
        equal(exitCode, code, stderr);
        match(stderr, message);
        equal((await ssh("lab-a", "pi", "sudo -n id -u")).stdout, "0");
      });
    }

    it("does not wait for another switch", async () => {
      const toplevel = await deploy("lab-a", host({}));
      const locked = `exec 9>>/run/nixos/switch-to-configuration.lock; flock 9; ${toplevel}/bin/switch-to-configuration test`;
      const { exitCode, stderr } = await lab.host("lab-a").run(["sh", "-c", locked]);
      equal(exitCode, 11);
      match(String(stderr), /Could not acquire lock/);
    });

    it("makes an account that its key logs in to, and removes it", async () => {
      const other = {
        users: { users: { other: { isNormalUser: true, openssh: { authorizedKeys: { keys: [person] } } } } },
      };
      await switchTo("lab-a", await deploy("lab-a", host({}, other)), "test");
      equal((await ssh("lab-a", "other", "id -un")).stdout, "other");
      await switchTo("lab-a", await deploy("lab-a", host({})), "test");
      notEqual((await ssh("lab-a", "other", "id -un")).exitCode, 0);
    });

    it("leaves the runner alone until it has a token", async () => {
      const runner = { name: "lab-a", url: "http://10.77.0.1/example/blinky", labels: ["pi4"] };
      const settings = { fleet: { hil: { enable: true } } };
      const { exitCode } = await switchTo("lab-a", await deploy("lab-a", host({ runner }, settings)), "test");
      equal(exitCode, 0);
      // A job finds what its unit names, and not the system's own programs.
      const environment = "systemctl show --property=Environment --value github-runner-lab-a";
      match(await onHost("lab-a", environment), /PATH=\S*-probe-rs-tools-\S*-espflash-/);
      const condition = "systemctl show --property=ConditionResult --value github-runner-lab-a";
      equal(await onHost("lab-a", condition), "no");
      await onHost(
        "lab-a",
        "mkdir -p /var/lib/github-runner && echo ghp_labTokenThatNoGitHubKnows0123456789 > /var/lib/github-runner/.runner_token",
      );
      await onHost("lab-a", "systemctl start github-runner-lab-a");
      await lab.until(
        async () =>
          (await lab.host("lab-a").run(["test", "-e", "/var/lib/github-runner/lab-a/.runner"])).exitCode ===
          0,
        10,
        () => "the runner did not register",
      );
      await onHost(
        "lab-a",
        "systemctl stop github-runner-lab-a && ! systemctl is-failed github-runner-lab-a",
      );
    });

    it("activates the profile's system at boot", async () => {
      const toplevel = await deploy("lab-a", host({}, { ...motd("after boot"), ...loop("ticker") }));
      await onHost("lab-a", `nix-env --profile /nix/var/nix/profiles/system --set ${toplevel}`);
      await switchTo("lab-a", toplevel, "boot");
      await lab.host("lab-a").powerOff();
      await lab.host("lab-a").boot();
      equal(
        await onHost("lab-a", "readlink /run/current-system /run/booted-system"),
        `${toplevel}\n${toplevel}`,
      );
      equal(await onHost("lab-a", "cat /etc/motd"), "after boot");
      await lab.until(
        async () =>
          (await lab.host("lab-a").run(["systemctl", "--quiet", "is-active", "ticker"])).exitCode === 0,
        20,
        () => "ticker does not run",
      );
    });

    it("switches an aarch64 host with aarch64 programs", async () => {
      await flashAndBoot("lab-c");
      const toplevel = await deploy("lab-c", host({ board: "pi4" }, motd("hello")));
      const { exitCode, stderr } = await switchTo("lab-c", toplevel, "switch");
      equal(exitCode, 0, stderr);
      equal(await onHost("lab-c", "cat /etc/motd /run/current-system/system"), "helloaarch64-linux");
      const interpreter = await onHost("lab-c", "sed -n '1s/^#!//p' /run/current-system/activate");
      equal(await onHost("lab-c", `${interpreter} -c 'uname -m'`), "aarch64");
    });
  });

  describe("on a running host", () => {
    before(async () => {
      await flashAndBoot("lab-a");
    });

    it("spares the memory and the card", async () => {
      await switchOk("lab-a", {
        lowMemory: { enable: true, zramPercent: 150, swapFileMiB: 2048 },
        storage: { tmp: "memory", tmpSize: "64M" },
        watchdog: { enable: true, seconds: 12 },
      });
      const config = (file: string) => onHost("lab-a", `systemd-analyze cat-config systemd/${file}`);
      match(await config("journald.conf"), /^Storage=volatile$/m);
      match(await config("journald.conf"), /^RuntimeMaxUse=32M$/m);
      match(await config("system.conf"), /^RuntimeWatchdogSec=12s$/m);
      match(await onHost("lab-a", "cat /etc/systemd/zram-generator.conf"), /^zram-size=150 \/ 100 \* ram$/m);
      match(await onHost("lab-a", "cat /etc/lab/fstab"), /^\/var\/lib\/swapfile none swap size=2048M$/m);
      // The running journal is in memory from now on.
      await onHost(
        "lab-a",
        "systemctl is-active systemd-journald && journalctl --header | grep -q /run/log/journal",
      );
    });

    it("lets accounts in by each of their keys, and to root only when asked", async () => {
      const users = (wheel: boolean) => ({ beau: { keys: ["ssh-ed25519 AAAA other", person], wheel } });
      await switchOk("lab-a", { users: users(true) });
      equal((await ssh("lab-a", "beau", "id -un")).stdout, "beau");
      notEqual((await ssh("lab-a", "beau", "sudo -n id -u")).exitCode, 0);
      equal((await ssh("lab-a", "pi", "sudo -n id -u")).stdout, "0");
      await switchOk("lab-a", { users: users(true), sudo: { wheelWithoutPassword: true } });
      equal((await ssh("lab-a", "beau", "sudo -n id -u")).stdout, "0");
      await switchOk("lab-a", { users: users(false), sudo: { wheelWithoutPassword: true } });
      notEqual((await ssh("lab-a", "beau", "sudo -n id -u")).exitCode, 0);
    });

    it("takes what a cache has signed, and nothing else", async () => {
      const script = `set -e
        nix-store --generate-binary-cache-key lab-1 /root/secret /root/public >&2
        path=$(nix build --impure --no-link --print-out-paths --max-jobs 1 --expr '${trivial("signed")}')
        nix store sign --key-file /root/secret "$path" >&2
        nix copy --to file:///var/cache/lab "$path" >&2; nix-store --delete "$path" >&2
        echo "$path $(cat /root/public)"`;
      const [path = "", publicKey] = (await onHost("lab-a", script)).split(" ");
      const fetched = () => lab.host("lab-a").run(["nix-store", "--realise", path]);
      await switchOk("lab-a", {
        caches: [{ url: "file:///var/cache/lab", publicKey: `lab-1:${"A".repeat(43)}=` }],
      });
      notEqual((await fetched()).exitCode, 0);
      await switchOk("lab-a", { caches: [{ url: "file:///var/cache/lab", publicKey }] });
      equal((await fetched()).exitCode, 0);
      equal(await onHost("lab-a", `cat ${path}`), "signed");
    });

    it("answers others as NAME.local", async () => {
      await flashAndBoot("lab-b");
      await switchOk("lab-a", {});
      await switchOk("lab-b", {});
      const asked = () => lab.host("lab-a").run(["avahi-resolve", "-4", "--name", "lab-b.local"]);
      await lab.until(
        async () => String((await asked()).stdout) === "lab-b.local\t10.77.0.12",
        30,
        async () => `lab-b.local is not resolved: ${JSON.stringify(await asked())}`,
      );
      await switchOk("lab-b", {}, { network: { mdns: false, address: null } });
      await lab.until(
        async () => String((await asked()).stderr).includes("Failed to resolve"),
        30,
        async () => `lab-b.local is still resolved: ${JSON.stringify(await asked())}`,
      );
    });

    it("has another machine build for it, which only takes its key", async () => {
      await flashAndBoot("lab-b");
      const hostKey = async (name: string) =>
        (await readFile(join(copy, `${name}-key.pub`), "utf8")).trim().split(" ").slice(0, 2).join(" ");
      await switchOk("lab-b", {
        serve: { enable: true, trusted: true, keys: [await hostKey("lab-a")], maxJobs: 2 },
      });
      await switchOk("lab-a", {
        builders: [
          {
            host: "lab-b.local",
            user: "nix-ssh",
            systems: ["x86_64-linux"],
            hostKey: await hostKey("lab-b"),
          },
        ],
      });
      equal(await onHost("lab-a", "nix config show max-jobs"), "0");
      const path = await onHost(
        "lab-a",
        `nix build --impure --no-link --print-out-paths --expr '${trivial("pulled")}'`,
      );
      equal(await onHost("lab-a", `cat ${path}`), "pulled");
      // It is there by that machine's own work.
      match(await onHost("lab-b", `nix-store --query --deriver ${path}`), /-pulled\.drv$/);
      notEqual((await ssh("lab-b", "nix-ssh", "true")).exitCode, 0);
    });

    it("runs Wi-Fi without a passphrase in the store, and waits for it", async () => {
      const wifi = { networks: { home: { secret: "psk_home" }, guests: { secret: null } }, country: "IT" };
      const network = { mdns: true, address: null, wifi };
      await switchOk("lab-a", {}, { network });
      match(await onHost("lab-a", "cat /etc/wpa_supplicant/nixos.conf"), /psk=ext:psk_home$/m);
      equal(await onHost("lab-a", "systemctl is-active wpa_supplicant-wlan0"), "active");
      const file = "/var/lib/pi-fleet-secrets/wireless.conf";
      equal(await onHost("lab-a", `stat -c '%a %U %G' ${file}`), "640 root wpa_supplicant");
      const log = () =>
        onHost(
          "lab-a",
          "journalctl --unit wpa_supplicant-wlan0 --output cat _SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value wpa_supplicant-wlan0)",
        );
      await lab.until(
        async () => (await log()).includes("No secret psk_home"),
        10,
        () => "it misses no secret",
      );
      await onHost("lab-a", `echo psk_home=swordfish >> ${file}; systemctl restart wpa_supplicant-wlan0`);
      await switchOk("lab-a", { base: { generations: 4 } }, { network });
      equal(await onHost("lab-a", `cat ${file}`), "psk_home=swordfish");
      ok(!(await log()).includes("No secret"));
    });

    it("decrypts what age has encrypted for its host key, at each switch and boot", async () => {
      const own = await readFile(join(copy, "lab-a-key.pub"), "utf8");
      const secret = { owner: "pi", units: ["reader.service"], age: "secrets/token.age" };
      const reader = loop("reader", { script: "cp /run/pi-fleet-secrets/token /run/seen; sleep 1000000" });
      const encrypt = async (text: string, recipient: string) => {
        const file = join(copy, "nix/secrets/token.age");
        await mkdir(join(copy, "nix/secrets"), { recursive: true });
        const script = `printf '%s' '${text}' | age --armor --recipient '${recipient.trim()}'`;
        await writeFile(file, `${await onHost("lab-a", script)}\n`);
        return deploy("lab-a", host({ fleet: { secrets: { token: secret } } }, reader));
      };
      const seen = "cd /run/pi-fleet-secrets; cat token; stat -c ' %a %U' token; cat /run/seen";
      const isSeen = (text: string) =>
        lab.until(
          async () => (await onHost("lab-a", "cat /run/seen 2>/dev/null || true")) === text,
          20,
          () => `its reader has not seen "${text}"`,
        );
      const first = await encrypt("of the first kind", own);
      equal((await switchTo("lab-a", first, "test")).exitCode, 0);
      await isSeen("of the first kind");
      equal(await onHost("lab-a", seen), "of the first kind 400 pi\nof the first kind");
      // What uses a changed one starts again.
      const second = await encrypt("of the second kind", own);
      equal((await switchTo("lab-a", second, "switch")).exitCode, 0);
      await isSeen("of the second kind");

      await onHost("lab-a", `nix-env --profile /nix/var/nix/profiles/system --set ${second}`);
      await lab.host("lab-a").powerOff();
      await lab.host("lab-a").boot();
      await isSeen("of the second kind");
      equal(await onHost("lab-a", seen), "of the second kind 400 pi\nof the second kind");
      equal(await onHost("lab-a", "grep -rlF 'of the second kind' /nix/store /var /etc || true"), "");

      const other = await onHost(
        "lab-a",
        "ssh-keygen -q -t ed25519 -N '' -f /root/other && cat /root/other.pub",
      );
      const foreign = await encrypt("of another", other);
      const { exitCode, stderr } = await switchTo("lab-a", foreign, "test");
      equal(exitCode, 2, stderr);
      match(stderr, /the secret token can't be decrypted with \/etc\/ssh\/ssh_host_ed25519_key/);
      await switchOk("lab-a", {});
      await onHost("lab-a", "! test -e /run/pi-fleet-secrets");
    });

    it("joins a tailnet once its key is there", async () => {
      const tailscale = { enable: true, loginServer: "https://h.example.org", tags: ["tag:ci"] };
      const network = { mdns: true, address: null, tailscale };
      await switchOk("lab-a", {}, { network });
      equal(await onHost("lab-a", "systemctl is-active tailscaled"), "active");
      await onHost("lab-a", "! test -e /var/lib/tailscale/up");
      await onHost(
        "lab-a",
        "echo key > /var/lib/pi-fleet-secrets/tailscale.key; systemctl start tailscaled-autoconnect",
      );
      await lab.until(
        async () => (await lab.host("lab-a").run(["test", "-s", "/var/lib/tailscale/up"])).exitCode === 0,
        10,
        () => "it did not join",
      );
      equal(
        await onHost("lab-a", "cat /var/lib/tailscale/up"),
        "--login-server=https://h.example.org --advertise-tags=tag:ci",
      );
    });

    it("has the profiles' tools and the rights to hardware", async () => {
      await switchOk("lab-a", {}, { profiles: ["minimal", "common", "work"] });
      equal(
        await onHost(
          "lab-a",
          "ls /run/current-system/sw/bin | grep -cxE 'probe-rs|espflash|cargo|htop|lsusb'",
        ),
        "5",
      );
      const rules = await onHost("lab-a", "cat /etc/udev/rules.d/99-local.rules");
      match(rules, /idVendor}=="0483", GROUP="plugdev", MODE="0660"/);
      match(rules, /ttyACM\[0-9\]\*\|ttyUSB\[0-9\]\*", GROUP="dialout"/);
      match((await ssh("lab-a", "pi", "id -nG")).stdout, /(?=.*\bdialout\b).*\bplugdev\b/);
    });

    it("is deployed as root when root is its user", async () => {
      const back = await deploy("lab-a", host({}));
      await switchOk("lab-a", {}, { user: "root" });
      equal((await ssh("lab-a", "root", "id -un")).stdout, "root");
      await switchTo("lab-a", back, "test");
      notEqual((await ssh("lab-a", "root", "id -un")).exitCode, 0);
    });
  });

  async function evaluate(hosts: Record<string, unknown>, flake = join(copy, "nix")) {
    return lab.exec(["nix", "eval", "--json", ...(await flakeArguments(hosts, flake, "fleetPlan"))]);
  }

  async function planOf(hosts: Record<string, unknown>, flake?: string): Promise<Plan> {
    const { stdout, stderr, exitCode } = await evaluate(hosts, flake);
    equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as Plan;
  }

  async function flakeArguments(hosts: Record<string, unknown>, flake: string, attribute: string) {
    const fleet = await mkdtemp(join(copy, "fleet-"));
    await writeFile(join(fleet, "fleet.json"), JSON.stringify({ hosts }));
    return [
      `path:${flake}#${attribute}`,
      "--no-write-lock-file",
      ...["--override-input", "nixpkgs", `path:${lab.generatedDir}/nixpkgs`],
      ...["--override-input", "nixos-hardware", `path:${lab.generatedDir}/nixpkgs/nixos-hardware`],
      ...["--override-input", "fleet", `path:${fleet}`],
    ];
  }

  /** Builds the toplevel of a host and copies it there. */
  async function deploy(name: string, config: unknown): Promise<string> {
    const attribute = `nixosConfigurations.${name}.config.system.build.toplevel`;
    const flake = await flakeArguments({ [name]: config }, join(copy, "nix"), attribute);
    const toplevel = await onLaptop("nix", "build", "--no-link", "--print-out-paths", ...flake);
    const copied = await lab.exec(
      ["nix", "copy", "--no-check-sigs", "--to", `ssh-ng://pi@${name}.local`, toplevel],
      {
        env: { NIX_SSHOPTS: "-oBatchMode=yes" },
      },
    );
    equal(copied.exitCode, 0, copied.stderr);
    return toplevel;
  }

  async function switchTo(name: string, toplevel: string, action: string) {
    const { exitCode, stderr } = await lab
      .host(name)
      .run([`${toplevel}/bin/switch-to-configuration`, action]);
    return { exitCode, stderr: String(stderr) };
  }

  /** Switches to a system with these options of `fleet`. */
  async function switchOk(name: string, fleet: Settings, overrides: Settings = {}) {
    const toplevel = await deploy(name, host({ fleet, ...overrides }));
    const { exitCode, stderr } = await switchTo(name, toplevel, "test");
    equal(exitCode, 0, stderr);
  }

  function host(overrides: Settings, settings: Settings = {}) {
    return {
      board: "virtual",
      modules: [],
      user: "pi",
      authorizedKeys: [person ?? "ssh-ed25519 AAAA test"],
      network: { mdns: true, address: null },
      runner: null,
      settings,
      ...overrides,
    };
  }

  async function onHost(name: string, command: string): Promise<string> {
    const { stdout, stderr, exitCode } = await lab.host(name).run(["sh", "-c", command]);
    equal(exitCode, 0, `${name}: ${command}: ${String(stderr)}`);
    return String(stdout);
  }

  async function onLaptop(...argv: string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await lab.exec(argv);
    equal(exitCode, 0, `${argv.join(" ")}: ${stderr}`);
    return stdout;
  }

  function readInStore(path: string): Promise<string> {
    return onLaptop("cat", path);
  }

  function ssh(name: string, user: string, command: string) {
    return lab.exec(["ssh", "-oBatchMode=yes", `${user}@${name}.local`, command]);
  }

  async function flashAndBoot(name: string) {
    if (booted.has(name)) return;
    booted.add(name);
    const key = join(copy, `${name}-key`);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
    const hostPublicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    await lab.flash(lab.host(name), {
      hostPrivateKey: await readFile(key, "utf8"),
      hostPublicKey,
      user: "pi",
      authorizedKeys: [person],
      secrets: [{ path: "/var/lib/pi-fleet-secrets/first", content: "of the card" }],
    });
    await lab.host(name).boot();
  }
});

function motd(text: string) {
  return { environment: { etc: { motd: { text } } } };
}

/** A service that runs until it is stopped. */
function loop(name: string, options: Settings = {}) {
  const service = { wantedBy: ["multi-user.target"], script: "while :; do sleep 1000; done", ...options };
  return { systemd: { services: { [name]: service } } };
}

/** A derivation of one line, which needs nothing. */
function trivial(name: string): string {
  return `derivation { name = "${name}"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo ${name} > $out" ]; }`;
}
