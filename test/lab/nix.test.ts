import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
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
      const runner = { name: "lab-a", url: "https://github.com/o/r", labels: ["pi4"] };
      const { exitCode } = await switchTo("lab-a", await deploy("lab-a", host({ runner })), "test");
      equal(exitCode, 0);
      const condition = "systemctl show --property=ConditionResult --value github-runner-lab-a";
      equal(await onHost("lab-a", condition), "no");
      await onHost(
        "lab-a",
        "mkdir -p /var/lib/github-runner && echo token > /var/lib/github-runner/.runner_token",
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
        env: { NIX_SSHOPTS: sshOptions().join(" ") },
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

  function sshOptions(): string[] {
    return ["-F", lab.labDir("ssh_config"), "-oBatchMode=yes", `-oUserKnownHostsFile=${copy}/known_hosts`];
  }

  function ssh(name: string, user: string, command: string) {
    return lab.exec(["ssh", ...sshOptions(), `${user}@${name}.local`, command]);
  }

  async function flashAndBoot(name: string) {
    const key = join(copy, `${name}-key`);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
    const hostPublicKey = (await readFile(`${key}.pub`, "utf8")).trim();
    await writeFile(join(copy, "known_hosts"), `${name}.local ${hostPublicKey}\n`, { flag: "a" });
    await lab.flash(lab.host(name), {
      hostPrivateKey: await readFile(key, "utf8"),
      hostPublicKey,
      user: "pi",
      authorizedKeys: [person],
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
