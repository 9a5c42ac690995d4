import { equal, match, notEqual } from "node:assert/strict";
import { loop, motd, type Settings } from "./modules.js";
import { type NixLab, nixLab } from "./nix.js";

describe("nix/ with the lab's nixpkgs, switching a host", function () {
  this.timeout(180_000);
  let nix: NixLab;

  before(async function () {
    nix = await nixLab(this);
    await nix.flashAndBoot("lab-a");
  });

  it("puts files, units, accounts and keys in place", async () => {
    const toplevel = await nix.deploy("lab-a", nix.host({}, { ...motd("hello"), ...loop("ticker") }));
    const { exitCode, stderr } = await nix.switchTo("lab-a", toplevel, "switch");
    equal(exitCode, 0, stderr);
    equal(
      await nix.copy.onHost("lab-a", "readlink /run/current-system /boot/lab-default"),
      `${toplevel}\n${toplevel}`,
    );
    equal(await nix.copy.onHost("lab-a", "cat /etc/motd"), "hello");
    const first = "/var/lib/pi-fleet-secrets/first";
    equal(await nix.copy.onHost("lab-a", `stat -c '%a %U' ${first}; cat ${first}`), "600 root\nof the card");
    equal(await nix.copy.onHost("lab-a", "readlink /etc/motd"), "/etc/static/motd");
    equal(await nix.copy.onHost("lab-a", "systemctl is-active ticker"), "active");
    equal(await nix.copy.onHost("lab-a", "cat /etc/ssh/authorized_keys.d/pi"), nix.person);
    match(await nix.copy.onHost("lab-a", "sshd -T"), /^passwordauthentication no$/im);
    match(await nix.copy.onHost("lab-a", "nix config show max-jobs"), /^1$/);
    equal((await nix.ssh("lab-a", "pi", "sudo -n id -u")).stdout, "0");
  });

  it("says beforehand what it would do, and does nothing", async () => {
    const running = await nix.deploy("lab-a", nix.host({}, { ...motd("hello"), ...loop("ticker") }));
    await nix.switchTo("lab-a", running, "test");
    const change = { ...loop("ticker", { environment: { A: "1" } }), ...motd("hello") };
    const toplevel = await nix.deploy("lab-a", nix.host({}, change));
    const before = await nix.copy.onHost("lab-a", "readlink /run/current-system");
    const { stderr } = await nix.switchTo("lab-a", toplevel, "dry-activate");
    match(stderr, /would stop the following units: ticker\.service/);
    match(stderr, /would start the following units: ticker\.service/);
    equal(await nix.copy.onHost("lab-a", "readlink /run/current-system"), before);
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
    await nix.switchTo("lab-a", await nix.deploy("lab-a", nix.host({}, units({}))), "test");
    const { exitCode, stderr } = await nix.switchTo(
      "lab-a",
      await nix.deploy("lab-a", nix.host({}, units({ A: "1" }))),
      "test",
    );
    equal(exitCode, 0, stderr);
    match(stderr, /^stopping the following units: plain\.service$/m);
    match(stderr, /^NOT restarting the following changed units: kept\.service$/m);
    match(stderr, /^reloading the following units: reloads\.service$/m);
    match(stderr, /^restarting the following units: nostop\.service$/m);
    match(stderr, /^starting the following units: plain\.service$/m);
    await nix.copy.onHost("lab-a", "test -e /run/reloaded");
  });

  it("removes what the new system has not", async () => {
    const more = await nix.deploy("lab-a", nix.host({}, { ...motd("hello"), ...loop("plain") }));
    await nix.switchTo("lab-a", more, "test");
    await nix.copy.onHost("lab-a", "test -L /etc/systemd/system/plain.service && test -L /etc/motd");
    const { stderr } = await nix.switchTo("lab-a", await nix.deploy("lab-a", nix.host({})), "test");
    match(stderr, /^stopping the following units: .*plain\.service/m);
    await nix.copy.onHost("lab-a", "! test -L /etc/systemd/system/plain.service && ! test -L /etc/motd");
  });

  it("keeps the boot default with test, and changes only that with boot", async () => {
    const tested = await nix.deploy("lab-a", nix.host({}, motd("tested")));
    const booted = await nix.deploy("lab-a", nix.host({}, motd("booted")));
    const before = await nix.copy.onHost("lab-a", "readlink /boot/lab-default");
    await nix.switchTo("lab-a", tested, "test");
    equal(await nix.copy.onHost("lab-a", "readlink /boot/lab-default"), before);
    await nix.switchTo("lab-a", booted, "boot");
    equal(await nix.copy.onHost("lab-a", "readlink /boot/lab-default"), booted);
    equal(await nix.copy.onHost("lab-a", "cat /etc/motd"), "tested");
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
      const { exitCode, stderr } = await nix.switchTo(
        "lab-a",
        await nix.deploy("lab-a", nix.host({}, settings)),
        "test",
      );
      equal(exitCode, code, stderr);
      match(stderr, message);
      equal((await nix.ssh("lab-a", "pi", "sudo -n id -u")).stdout, "0");
    });
  }

  it("does not wait for another switch", async () => {
    const toplevel = await nix.deploy("lab-a", nix.host({}));
    const locked = `exec 9>>/run/nixos/switch-to-configuration.lock; flock 9; ${toplevel}/bin/switch-to-configuration test`;
    const { exitCode, stderr } = await nix.copy.host("lab-a").run(["sh", "-c", locked]);
    equal(exitCode, 11);
    match(String(stderr), /Could not acquire lock/);
  });

  it("makes an account that its key logs in to, and removes it", async () => {
    const other = {
      users: {
        users: { other: { isNormalUser: true, openssh: { authorizedKeys: { keys: [nix.person] } } } },
      },
    };
    await nix.switchTo("lab-a", await nix.deploy("lab-a", nix.host({}, other)), "test");
    equal((await nix.ssh("lab-a", "other", "id -un")).stdout, "other");
    await nix.switchTo("lab-a", await nix.deploy("lab-a", nix.host({})), "test");
    notEqual((await nix.ssh("lab-a", "other", "id -un")).exitCode, 0);
  });

  it("leaves the runner alone until it has a token", async () => {
    const runner = { name: "lab-a", url: "http://10.77.0.1/example/blinky", labels: ["pi4"] };
    const settings = { fleet: { hil: { enable: true } } };
    const { exitCode } = await nix.switchTo(
      "lab-a",
      await nix.deploy("lab-a", nix.host({ runner }, settings)),
      "test",
    );
    equal(exitCode, 0);
    // A job finds what its unit names, and not the system's own programs.
    const environment = "systemctl show --property=Environment --value github-runner-lab-a";
    match(await nix.copy.onHost("lab-a", environment), /PATH=\S*-probe-rs-tools-\S*-espflash-/);
    const condition = "systemctl show --property=ConditionResult --value github-runner-lab-a";
    equal(await nix.copy.onHost("lab-a", condition), "no");
    await nix.copy.onHost(
      "lab-a",
      "mkdir -p /var/lib/github-runner && echo ghp_labTokenThatNoGitHubKnows0123456789 > /var/lib/github-runner/.runner_token",
    );
    await nix.copy.onHost("lab-a", "systemctl start github-runner-lab-a");
    await nix.copy.lab.until(
      async () =>
        (await nix.copy.host("lab-a").run(["test", "-e", "/var/lib/github-runner/lab-a/.runner"]))
          .exitCode === 0,
      10,
      () => "the runner did not register",
    );
    await nix.copy.onHost(
      "lab-a",
      "systemctl stop github-runner-lab-a && ! systemctl is-failed github-runner-lab-a",
    );
  });

  it("activates the profile's system at boot", async () => {
    const toplevel = await nix.deploy("lab-a", nix.host({}, { ...motd("after boot"), ...loop("ticker") }));
    await nix.copy.onHost("lab-a", `nix-env --profile /nix/var/nix/profiles/system --set ${toplevel}`);
    await nix.switchTo("lab-a", toplevel, "boot");
    await nix.copy.host("lab-a").powerOff();
    await nix.copy.host("lab-a").boot();
    equal(
      await nix.copy.onHost("lab-a", "readlink /run/current-system /run/booted-system"),
      `${toplevel}\n${toplevel}`,
    );
    equal(await nix.copy.onHost("lab-a", "cat /etc/motd"), "after boot");
    await nix.copy.lab.until(
      async () =>
        (await nix.copy.host("lab-a").run(["systemctl", "--quiet", "is-active", "ticker"])).exitCode === 0,
      20,
      () => "ticker does not run",
    );
  });

  it("switches an aarch64 host with aarch64 programs", async () => {
    await nix.flashAndBoot("lab-c");
    const toplevel = await nix.deploy("lab-c", nix.host({ board: "pi4" }, motd("hello")));
    const { exitCode, stderr } = await nix.switchTo("lab-c", toplevel, "switch");
    equal(exitCode, 0, stderr);
    equal(await nix.copy.onHost("lab-c", "cat /etc/motd /run/current-system/system"), "helloaarch64-linux");
    const interpreter = await nix.copy.onHost("lab-c", "sed -n '1s/^#!//p' /run/current-system/activate");
    equal(await nix.copy.onHost("lab-c", `${interpreter} -c 'uname -m'`), "aarch64");
  });
});
