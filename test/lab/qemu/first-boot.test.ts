import { deepEqual, doesNotMatch, equal, match, notEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { moments } from "./moments.js";
import { oneQemuPi, type OneQemuPi, pi } from "./one-qemu-pi.js";

// From nothing to a running Pi: U-Boot, extlinux.conf, a kernel of its own. All moments of power cuts are in
// power-cuts.test.ts, and here is a sample.
describe("QEMU: a Pi with a real boot loader", function () {
  this.timeout(900_000);
  let one: OneQemuPi;
  let said = "";
  const token = `token-${randomBytes(16).toString("hex")}`;

  before(async function () {
    one = await oneQemuPi(this);
  });

  it("comes from nothing: up, flash, boot with a power cut in the middle, and its host key is the pinned one", async () => {
    const { copy, box } = one;
    await copy.setSecret("token", token);
    await copy.config(["pi-fleet:hosts", pi, "secrets"], { token: {} });
    await copy.up();
    match(
      await one.flash(),
      /^\S+card\.img has the image of lab-q, .*, with its first-boot bundle, and was read back/,
    );
    const secrets = [token, await one.lineOfHostKey()];
    deepEqual(await one.onCard(secrets), { bundle: secrets, elsewhere: [] });
    for (const moment of moments.filter(({ sample }) => sample)) await one.cutAt(moment);
    await box.powerOn();
    await box.untilUp(300);
    await one.expectFirstBootDone();
    equal(await one.on("cat /var/lib/pi-fleet-secrets/token"), token);
    deepEqual(await one.onCard(secrets), { bundle: [], elsewhere: secrets });
    equal(await one.readableByOthers(secrets), "");
  });

  it("makes Nix's database anew that a power cut left without tables, from the registration", async () => {
    const state = (await one.copy.outputOf("mktemp", "--directory")).trim();
    const shell = (script: string) =>
      one.copy.onLaptop("sh", "-euc", `export NIX_STATE_DIR=${state}; cd ${state}; ${script}`);
    const half = await shell(`NIX_STATE_DIR=/nix/var/nix nix-store --dump-db > registration
      nix-store --load-db < registration; rm db/db.sqlite*; : > db/db.sqlite; test -s db/schema`);
    equal(half.exitCode, 0, half.stderr);
    const byNixOS = await shell("nix-store --load-db < registration");
    match(byNixOS.stderr, /no such table: ValidPaths/);
    const script = join(one.copy.dir, "nix/modules/register-store.sh");
    const ours = await shell(`sh ${script} "$(command -v nix-store)" registration
      nix-store --dump-db > registered; test -s registration; cmp registered registration`);
    equal(ours.exitCode, 0, ours.stderr);
  });

  it("converges by the same up, which has nothing to change on a card of its own image", async () => {
    const { copy } = one;
    const booted = await one.on("readlink -f /run/booted-system");
    said = await copy.up();
    match(said, /lab-q/);
    equal(await one.on("readlink -f /run/current-system"), booted);
    await copy.nothingToChange();
  });

  it("reboots into the kernel entry of a new generation, and stays there", async () => {
    const { copy } = one;
    await copy.config(["pi-fleet:hosts", pi, "reboot"], { when: "needed", limit: 300 });
    const before = await stands();
    await one.nextSystem('{ boot.kernelParams = [ "lab.generation=2" ]; }');
    const out = await copy.up();
    match(out, /reboot needed: kernel-params\n[\s\S]*rebooted, and confirmed/);
    const after = await stands();
    notEqual(after.boot, before.boot);
    match(after.cmdline, / lab\.generation=2( |$)/);
    equal(after.booted, after.current);
    equal(after.profile, after.current);
    // The menu offers both.
    match(after.menu, new RegExp(`init=${after.current}/init .* lab\\.generation=2`));
    match(after.menu, new RegExp(`LABEL nixos-1-default[^]*init=${before.current}/init `));
    await copy.nothingToChange();
  });

  it("goes back through the boot loader when the next generation comes up without network", async () => {
    const { copy, box } = one;
    await copy.config(["pi-fleet:hosts", pi, "reboot"], { when: "needed", limit: 30 });
    const before = await stands();
    await one.nextSystem('{ boot.kernelParams = [ "lab.generation=3" "lab.network=off" ]; }');
    const { exitCode, out } = await copy.tryUp();
    notEqual(exitCode, 0, out);
    match(out, /reboot failed: /);
    await box.untilUp(300);
    const after = await stands();
    equal(after.current, before.current);
    equal(after.booted, before.current);
    equal(after.profile, before.current);
    notEqual(after.boot, before.boot);
    match(after.cmdline, / lab\.generation=2( |$)/);
    match(after.menu, new RegExp(`LABEL nixos-default[^]*?init=${before.current}/init `));
    // It did boot the third one, by U-Boot.
    match(await box.console(), /Kernel command line: .* lab\.generation=3 /);
  });

  it("knew the host at each step", () => {
    for (const text of [said, one.copy.printed])
      doesNotMatch(text, /unknown host|authenticity of host|Permanently added|REMOTE HOST IDENTIFICATION/i);
  });

  async function stands() {
    const [current, booted, profile, boot, cmdline, ...menu] = (
      await one.on(`readlink -f /run/current-system /run/booted-system /nix/var/nix/profiles/system
        cat /proc/sys/kernel/random/boot_id /proc/cmdline /boot/extlinux/extlinux.conf`)
    ).split("\n");
    return {
      current: current!,
      booted: booted!,
      profile: profile!,
      boot: boot!,
      cmdline: cmdline!,
      menu: menu.join("\n"),
    };
  }
});
