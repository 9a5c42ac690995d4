import { equal, match } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type * as Hosts from "../../../lab/hosts/index.js";
import { skip } from "../../skip.js";
import { Copy } from "../copy.js";
import type { Moment } from "./moments.js";

// A stack with one Pi, in QEMU. The files of this folder share it, as they run in one mocha process.

export const pi = "lab-q";

// A gap of 8 MiB, and a FAT of 30.
const FAT_ENDS = 38 * 1024 ** 2;

let shared: Promise<OneQemuPi> | undefined;

after(async function () {
  this.timeout(60_000);
  await (await shared?.catch(() => undefined))?.copy.remove();
});

/** For a `before`. Skips the suite where what the QEMU Pi is made of can't be had. */
export async function oneQemuPi(context: Mocha.Context): Promise<OneQemuPi> {
  try {
    return await (shared ??= OneQemuPi.make(context));
  } catch (error) {
    if (error instanceof Error && error.name === "NoQemuError") skip(context, error.message);
    throw error;
  }
}

export class OneQemuPi {
  private constructor(
    readonly copy: Copy,
    readonly box: Hosts.QemuPi,
  ) {}

  static async make(context: Mocha.Context): Promise<OneQemuPi> {
    const copy = await Copy.make(context, "qemu");
    try {
      return await OneQemuPi.in(copy);
    } catch (error) {
      await copy.remove();
      throw error;
    }
  }

  private static async in(copy: Copy): Promise<OneQemuPi> {
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
    await this.box.trust(await this.pinnedKey());
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
  async pinnedKey(): Promise<string> {
    return (await this.firstBoot()).hostPublicKey;
  }

  /** A line of the Pi's private host key. */
  async lineOfHostKey(): Promise<string> {
    return (await this.firstBoot()).hostPrivateKey.split("\n")[3]!;
  }

  private async firstBoot(): Promise<{ hostPublicKey: string; hostPrivateKey: string }> {
    const { stdout } = await this.copy.pulumi("stack", "output", "firstBoot", "--show-secrets", "--json");
    return (JSON.parse(stdout) as Record<string, { hostPublicKey: string; hostPrivateKey: string }>)[pi]!;
  }

  /** Which of these are on the card: on its FAT partition, which has the bundle, and elsewhere. */
  async onCard(secrets: readonly string[]): Promise<{ bundle: string[]; elsewhere: string[] }> {
    const argv = ["--text", "--byte-offset", "--only-matching", "--fixed-strings", "--file=-", this.box.card];
    const { stdout } = await execa("grep", argv, { input: secrets.join("\n"), reject: false });
    const found = stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => /^(\d+):(.*)$/.exec(line)!)
      .map(([, offset, secret]) => ({ secret, onFat: Number(offset) < FAT_ENDS }));
    const where = (onFat: boolean) =>
      secrets.filter((secret) => found.some((one) => one.secret === secret && one.onFat === onFat));
    return { bundle: where(true), elsewhere: where(false) };
  }

  /** The files on the Pi that have one of these, and that a user can read who is nobody. */
  async readableByOthers(secrets: readonly string[]): Promise<string> {
    const places = "/etc /home /root /run /tmp /var";
    // The account sees files that it may see, or this would find nothing whatever it looks for.
    const grep = "setpriv --reuid nobody --regid nogroup --clear-groups grep -rslF --devices=skip";
    match(await this.on(`${grep} experimental-features ${places} || :`), /^\/etc\/nix\/nix\.conf$/m);
    return this.on(secrets.map((secret) => `${grep} ${secret} ${places} || :`).join("\n"));
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
      2,
    );
    match(await this.on("cat /var/lib/pi-fleet/first-boot"), /^RESULT=consumed$/m);
    const key = await this.on(
      "cat /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null || ssh-keygen -yf /etc/ssh/ssh_host_ed25519_key",
    );
    equal(key.split(" ")[1], (await this.pinnedKey()).split(" ")[1]);
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
