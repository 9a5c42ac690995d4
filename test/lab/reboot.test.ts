import { equal, match, notEqual, ok } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Copy } from "./copy.js";

// Real reboots of a lab Pi: another systemd, another boot id. Its kernels are files that say their version.
describe("reboots", function () {
  this.timeout(300_000);
  const pi = "lab-a";
  const limit = 20;
  /** For those that don't come back. */
  const short = 10;
  const kernels = {
    linuxPackages: "Linux kernel 6.12.66 (stand-in)",
    linuxPackages_latest: "Linux kernel 6.18.7 (stand-in)",
  };
  let copy: Copy;

  before(async function () {
    copy = await Copy.make(this, "reboot");
    await copy.config(["pi-fleet:hosts"], { [pi]: { board: "virtual", modules: ["hosts/kernel.nix"] } });
    await copy.config(["pi-fleet:timeouts"], { probe: 4, connect: 8, activate: 30, confirm: 20 });
    await kernel("linuxPackages");
    await copy.up();
    await copy.flash(pi);
  });

  after(async () => {
    await copy?.remove();
  });

  it("are left to the person, who is told, when config says never; by hand one is confirmed", async () => {
    const run = await copy.up();
    match(run, /lab-a: reboot pending: kernel, initrd, \S.*npm run pi -- reboot lab-a/);
    match(await copy.nothingToChange(), /lab-a: reboot pending: kernel, initrd/);

    const before = await stands();
    const { exitCode, stdout, stderr } = await copy.byHand("reboot", pi);
    equal(exitCode, 0, stderr);
    const after = await stands();
    notEqual(after.boot, before.boot);
    equal(stdout, `lab-a booted ${after.current}.`);
    equal(await onHost("cat /run/booted-system/kernel"), kernels.linuxPackages);
    ok(!(await copy.nothingToChange()).includes("reboot pending"));
  });

  it("follow the commit when they are needed, also over a power cut in the middle", async () => {
    await runs("linuxPackages");
    await policy({ when: "needed", limit });
    await kernel("linuxPackages_latest");
    match((await copy.pulumi("preview")).out, /lab-a\n.*\n.*\n.*\n +reboot: known after the build/);
    const before = await stands();
    const running = await copy.startUp();
    await ordered();
    await host().powerOff();
    await host().boot();
    const { exitCode, stdout, stderr } = await running.result;
    const out = `${stdout}\n${stderr}`;
    equal(exitCode, 0, out);
    match(
      out,
      /reboot needed: kernel, initrd, kernel-modules\n[\s\S]*activating[\s\S]*rebooted, and confirmed/,
    );
    const after = await stands();
    notEqual(after.boot, before.boot);
    equal(after.booted, after.current);
    equal(await onHost("cat /run/booted-system/kernel"), kernels.linuxPackages_latest);
    await copy.nothingToChange();
  });

  it("wait for their window, and for the job of a runner", async () => {
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const window = (from: number, to: number) => ({
      ...{ when: "window", limit },
      window: { from: inHours(from), to: inHours(to), timezone: "UTC" },
    });
    await runs("linuxPackages_latest");
    await policy(window(2, 3));
    await kernel("linuxPackages");
    const before = await stands();
    match(await copy.up(), /lab-a: reboot pending: kernel, .*its window opens \w{3} \d\d:\d\d \(UTC\)/);
    equal((await stands()).boot, before.boot);
    match(await copy.nothingToChange(), /reboot pending: kernel/);

    await policy(window(-1, 1));
    const preview = await copy.pulumi("preview", "--diff");
    match(preview.out, /CONVERGENCE *: .*reboot needed: kernel, .*its window is open/);
    // As nix/modules/runner.nix has it, the job may end first.
    await onHost(`printf '[Unit]\\nX-RestartIfChanged=false\\n[Service]\\nExecStart=bash -c "exec -a Runner.Worker sleep infinity"\\n' \
        > /run/systemd/system/github-runner-x.service
      systemctl daemon-reload; systemctl start github-runner-x`);
    const running = await copy.startUp();
    await copy.untilPrinted(running, /waiting for the job of x to end before the reboot/);
    equal((await stands()).boot, before.boot);
    await onHost("systemctl stop github-runner-x");
    const { exitCode, stdout, stderr } = await running.result;
    equal(exitCode, 0, stdout + stderr);
    notEqual((await stands()).boot, before.boot);
    await copy.nothingToChange();
  });

  it("go back by themselves when the new system is ill only after them, and `up` says why", async () => {
    await runs("linuxPackages");
    await policy({ when: "needed", limit: short });
    const before = await stands();
    // With the new kernel the network is gone, as without a driver.
    await kernel(
      "linuxPackages_latest",
      "grep -q 6.18 /run/booted-system/kernel && ip link set eth0 down; true",
    );
    const noNetwork = await copy.tryUp();
    notEqual(noNetwork.exitCode, 0, noNetwork.out);
    match(noNetwork.out, /reboot failed: after the reboot: nobody confirmed it .* So it went back/);
    await isBack(before);
    match(
      (await copy.pulumi("preview")).out,
      /drifted: .* It went back after its reboot, \S+: nobody confirmed it/,
    );

    await policy({ when: "needed", limit });
    await kernel("linuxPackages_latest", "! grep -q 6.18 /run/booted-system/kernel");
    const failedUnit = await copy.tryUp();
    notEqual(failedUnit.exitCode, 0, failedUnit.out);
    match(
      failedUnit.out,
      /reboot failed: after the reboot: units failed that did not fail before: at-boot\.service/,
    );
    await isBack(before);
  });

  it("are undone when the deployer is killed while it waits, and done by the next up", async () => {
    await runs("linuxPackages");
    await policy({ when: "needed", limit: short });
    const before = await stands();
    await kernel("linuxPackages_latest");
    const running = await copy.startUp();
    await ordered();
    for (const pid of await copy.engines()) process.kill(pid, "SIGKILL");
    await running.result;
    await copy.lab.until(wentBack, 60, () => "the Pi did not go back");
    await isBack(before);
    equal((await copy.pulumi("cancel", "--yes")).exitCode, 0);
    await policy({ when: "needed", limit });
    match((await copy.pulumi("preview")).out, /It went back after its reboot, \S+: nobody confirmed it/);
    await copy.up();
    equal(await onHost("cat /run/booted-system/kernel"), kernels.linuxPackages_latest);
    await copy.nothingToChange();
  });

  it("bring any new system with goal boot, and a Pi that stays away is told with what to do", async () => {
    await runs("linuxPackages_latest");
    await policy({ when: "needed", limit: short });
    await copy.config(["pi-fleet:hosts", pi, "goal"], "boot");
    await kernel("linuxPackages_latest", "echo another system");
    const before = await stands();
    const running = await copy.startUp();
    await ordered();
    await host().powerOff();
    const { exitCode, stdout, stderr } = await running.result;
    notEqual(exitCode, 0, stdout + stderr);
    match(stdout, /reboot failed: it did not come back within 20 s of its reboot\..* can't count boots \(/);
    await host().boot();
    await copy.lab.until(wentBack, 60, () => "the Pi did not go back");
    await isBack(before);
    await policy({ when: "needed", limit });
    match(await copy.up(), /reboot needed: the system\n[\s\S]*rebooting \(the system\)/);
    const after = await stands();
    notEqual(after.current, before.current);
    equal(after.booted, after.profile);
    await copy.nothingToChange();
  });

  it("lead a deploy user who may only activate back to no system that lets it do more", async () => {
    await runs("linuxPackages_latest");
    await policy({ when: "never" });
    await copy.config(["pi-fleet:hosts", pi, "goal"], undefined);
    await copy.config(["pi-fleet:hosts", pi, "sudo"], { onlyActivation: true });
    await copy.up();
    const before = await stands();
    notEqual(before.booted, before.current);
    const asUser = (script: string, input = "") =>
      copy.lab.exec(["ssh", "-oBatchMode=yes", pi, script], { input });
    const order = "id=x\nholder=x\nlimit=1\nunits=\ncheck=\n";
    const asked = await asUser("sudo -n /run/current-system/sw/bin/pi-fleet-root activate reboot", order);
    equal(asked.exitCode, 0, asked.stderr);
    const stayed = "grep -qx result=stayed /var/lib/pi-fleet/rebooted";
    await copy.lab.until(
      async () => (await host().isUp()) && (await host().run(["sh", "-c", stayed])).exitCode === 0,
      60,
      () => "the Pi did not give up waiting for the confirmation",
    );
    const after = await stands();
    notEqual(after.boot, before.boot);
    equal(after.current, before.current);
    agree(after);
    match((await asUser("sudo -n id")).stderr, /password is required/);

    const confirmed = await copy.byHand("reboot", pi);
    equal(confirmed.exitCode, 0, confirmed.stderr);
    notEqual((await stands()).boot, after.boot);
    await copy.nothingToChange();
  });

  /** Has the Pi converged and running this kernel, as the tests before leave it when they run too. */
  async function runs(packages: keyof typeof kernels): Promise<void> {
    const { stdout } = await host().run(["cat", "/run/booted-system/kernel"]);
    if (stdout === kernels[packages]) return;
    await policy({ when: "needed", limit });
    await kernel(packages);
    await copy.up();
    equal(await onHost("cat /run/booted-system/kernel"), kernels[packages]);
  }

  /** The Pi's next system: its kernel, and what it does at each boot. */
  async function kernel(packages: keyof typeof kernels, atBoot = "true"): Promise<void> {
    await writeFile(
      join(copy.dir, "nix/hosts/kernel.nix"),
      `{ lib, pkgs, ... }: {
        boot.isContainer = lib.mkForce false;
        boot.loader.grub.enable = false;
        fileSystems."/" = { device = "none"; fsType = "tmpfs"; };
        boot.kernelPackages = pkgs.${packages};
        systemd.services.at-boot = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig = { Type = "oneshot"; ExecStart = ''/bin/sh -c "${atBoot}"''; };
        };
      }\n`,
    );
  }

  function policy(value: Record<string, unknown>): Promise<void> {
    return copy.config(["pi-fleet:hosts", pi, "reboot"], value);
  }

  async function stands() {
    const [current, profile, bootDefault, booted, boot] = (
      await onHost(`readlink -f /run/current-system /nix/var/nix/profiles/system /boot/lab-default /run/booted-system
        cat /proc/sys/kernel/random/boot_id`)
    ).split("\n");
    return { current, profile, bootDefault, booted, boot };
  }

  async function isBack(before: Awaited<ReturnType<typeof stands>>): Promise<void> {
    const now = await stands();
    equal(now.current, before.current);
    agree(now);
  }

  function agree(now: Awaited<ReturnType<typeof stands>>): void {
    equal(now.profile, now.current);
    equal(now.bootDefault, now.current);
    equal(now.booted, now.current);
  }

  /** Until the Pi was asked to reboot, and has answered. It may be on its way down. */
  async function ordered(): Promise<void> {
    const asked = "test -e /var/lib/pi-fleet/rebooting && flock --nonblock /run/pi-fleet/lock true";
    await copy.lab.until(
      async () => (await host().isUp()) && (await host().run(["sh", "-c", asked])).exitCode === 0,
      60,
      () => "the Pi was not asked to reboot",
    );
  }

  /** The Pi has given its new system up and is up again; it may go down while it is asked. */
  async function wentBack(): Promise<boolean> {
    if (!(await host().isUp())) return false;
    const { exitCode } = await host().run([
      "sh",
      "-c",
      `grep -qx result=returned /var/lib/pi-fleet/rebooted &&
        [ "$(readlink -f /run/booted-system)" = "$(readlink -f /nix/var/nix/profiles/system)" ]`,
    ]);
    return exitCode === 0;
  }

  function host() {
    return copy.host(pi);
  }

  function onHost(script: string): Promise<string> {
    return copy.onHost(pi, script);
  }
});
