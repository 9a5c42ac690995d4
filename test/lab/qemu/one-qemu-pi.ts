import { equal, match } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type * as Hosts from "../../../lab/hosts/index.js";
import { Copy } from "../copy.js";
import type { Moment } from "./moments.js";

// A stack with one Pi, in QEMU. The files of this folder share it, as they run in one mocha process.

export const pi = "lab-q";

let shared: Promise<OneQemuPi> | undefined;

after(async function () {
  this.timeout(60_000);
  await (await shared?.catch(() => undefined))?.copy.remove();
});

/** For a `before`. */
export function oneQemuPi(context: Mocha.Context): Promise<OneQemuPi> {
  return (shared ??= OneQemuPi.make(context));
}

export class OneQemuPi {
  private constructor(
    readonly copy: Copy,
    readonly box: Hosts.QemuPi,
  ) {}

  static async make(context: Mocha.Context): Promise<OneQemuPi> {
    const copy = await Copy.make(context, "qemu");
    const tools = await copy.lab.labTools(() => undefined);
    const box = await copy.lab.QemuPi.prepare(tools, () => undefined);
    await copy.config(["pi-fleet:hosts"], {
      [pi]: { ...copy.lab.qemuPiConfig, modules: ["hosts/next.nix"] },
    });
    // Emulation is slow, and so is a machine with other work.
    const timeouts = { probe: 20, connect: 60, copy: 300, activate: 240, confirm: 120 };
    await copy.config(["pi-fleet:timeouts"], timeouts);
    const one = new OneQemuPi(copy, box);
    await one.nextSystem("{ }");
    return one;
  }

  /** The Pi's next system has this module. */
  nextSystem(module: string): Promise<void> {
    return writeFile(join(this.copy.dir, "nix/hosts/next.nix"), `${module}\n`);
  }

  /** `npm run pi -- flash`, to a new card; gives what it said. */
  async flash(): Promise<string> {
    await this.box.powerOff();
    await this.box.insertCard();
    const { exitCode, stdout, stderr } = await this.copy.byHand(
      "flash",
      pi,
      "--device",
      this.box.card,
      "--yes",
    );
    equal(exitCode, 0, stderr);
    await this.box.keepSize();
    await this.box.trust((await this.pinnedKey()) ?? "");
    return stdout;
  }

  /** Switches the Pi on and pulls its plug at this moment. Gives the seconds in between. */
  async cutAt({ words, laterMs = 0 }: Moment): Promise<number> {
    const began = Date.now();
    await this.box.powerOn();
    await this.box.untilSaid(words, 300);
    await sleep(laterMs);
    await this.box.powerOff();
    return Math.round((Date.now() - began) / 1000);
  }

  /** The Pi's public host key, as the stack has pinned it. */
  async pinnedKey(): Promise<string | undefined> {
    const { stdout } = await this.copy.pulumi("stack", "output", "firstBoot", "--show-secrets", "--json");
    return (JSON.parse(stdout) as Record<string, { hostPublicKey: string }>)[pi]?.hostPublicKey;
  }

  /** Runs a script on the Pi as root, which must succeed. */
  async on(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.box.run(script);
    equal(exitCode, 0, `${script}: ${stderr}`);
    return stdout.trim();
  }

  /** Its first boot has ended: nothing is missing, nothing is left over, and what is on the card is whole. */
  async expectFirstBootDone(): Promise<void> {
    // Of the boot that is under way: systemd has done all that this boot is for.
    await this.copy.lab.until(
      async () => (await this.box.run("systemctl is-system-running --wait")).stdout.trim() === "running",
      180,
      async () => (await this.box.run("systemctl --failed; systemctl list-jobs")).stdout,
    );
    match(await this.on("cat /var/lib/pi-fleet/first-boot"), /^RESULT=consumed$/m);
    const key = await this.on(
      "cat /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null || ssh-keygen -yf /etc/ssh/ssh_host_ed25519_key",
    );
    equal(key.split(" ")[1], (await this.pinnedKey())?.split(" ")[1]);
    equal(
      await this.on("stat -c %a:%U /etc/ssh/ssh_host_ed25519_key; ls -A /etc/ssh | grep -c 'ssh_host.*key$'"),
      "600:root\n1",
    );
    const card =
      "mkdir -p /tmp/fat && mount -o ro /dev/vda1 /tmp/fat && ls -A /tmp/fat/pi-fleet; umount /tmp/fat";
    equal(await this.on(card), "image");
    equal(await this.on("ls / | grep -c nix-path-registration || :"), "0");
    // The store knows the whole closure, and each path has the content that it was built with.
    await this.on("nix-store --verify-path $(nix-store -qR /run/current-system)");
    equal(
      await this.on("readlink -f /nix/var/nix/profiles/system"),
      await this.on("readlink -f /run/current-system"),
    );
    // The root has grown from the image's size to the card's.
    equal(await this.on("[ $(df --output=size -k / | tail -n 1) -gt 1500000 ] && echo grown"), "grown");
  }
}
