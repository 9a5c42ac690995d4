import { equal, match, ok, rejects } from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa, execaSync } from "execa";
import { requireSame, type BlockDevice } from "../../components/images/block-device.js";
import { withCard } from "../../components/images/card.js";
import { flash, type FlashProgress } from "../../components/images/flash.js";
import { imageFile } from "../../components/images/image-file.js";
import { blockDevices } from "../../components/images/platform.js";
import { bmapOf, rangesOf } from "../unit/images/bmap-of.js";
import { writeCard } from "../unit/images/card-image.js";
import { smallImage } from "../unit/images/image.js";
import { skip } from "../skip.js";
import { plugIn, whyNoLoop, type LoopCard } from "./loop-card.js";

const root = resolve(import.meta.dirname, "../..");
const mebibyte = 1 << 20;
const quiet: FlashProgress = { onWritten: () => undefined, onVerified: () => undefined };

describe("flash, when a card is not what it seems", function () {
  this.timeout(120_000);
  let dir: string;
  let card: LoopCard;
  const image = smallImage();

  before(async function () {
    const why = await whyNoLoop();
    if (why) skip(this, why);
  });
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-card-faults-"));
    writeFileSync(join(dir, "a.img"), image);
    card = await plugIn(join(dir, "card"), 64 * mebibyte);
  });
  afterEach(async () => {
    await card.remove();
    rmSync(dir, { recursive: true });
  });

  const deviceNow = async (): Promise<BlockDevice> =>
    (await blockDevices()).find(({ path }) => path === card.device)!;
  const pi = (words: readonly string[], options: { readonly uid?: number; readonly gid?: number } = {}) =>
    execa(process.execPath, [join(root, "pi.js"), ...words], {
      ...{ reject: false, stdin: "ignore", cwd: dir, ...options },
    });
  const flashAs = (...words: string[]) =>
    pi(["flash", "--image", "a.img", "--device", card.device, "--yes", ...words]);
  const refused = async (told: RegExp) => {
    const before = card.read(card.bytes);
    const { exitCode, stderr } = await flashAs();
    equal(exitCode, 1);
    match(stderr, told);
    ok(card.read(card.bytes).equals(before), "the card was written");
  };
  const run = async (progress: Partial<FlashProgress> = {}) =>
    withCard(card.device, async (opened) =>
      flash(opened, await imageFile(join(dir, "a.img")), card.bytes, { ...quiet, ...progress }),
    );

  it("killed in the body, while it reads back or before the head leaves a card that does not boot; the next run a whole one", async () => {
    await writeCard(join(dir, "b.img"));
    const child = async (...killedBefore: string[]) => {
      const script = join(root, "test/lab/flash-until.ts");
      const argv = ["--import", "tsx", script, join(dir, "b.img"), card.device, String(card.bytes)];
      return execa(process.execPath, [...argv, ...killedBefore], { reject: false, cwd: root });
    };
    for (const [touch, time] of [
      [`write ${5 * mebibyte}`, 1],
      [`read ${5 * mebibyte}`, 1],
      // The first one erases what was there. The bundle is written before the second.
      ["write 0", 2],
    ] as const) {
      const { signal, stdout, stderr } = await child(touch, String(time));
      equal(signal, "SIGKILL", stderr);
      ok(stdout.includes("write 1048576"), stdout);
      equal(card.isBootable(), false, touch);
    }
    const { exitCode, stderr } = await child();
    equal(exitCode, 0, stderr);
    const seen = await pi(["verify", card.device]);
    equal(seen.exitCode, 0, seen.stderr);
    match(seen.stdout, /\n {2}bundle {3}of pi4, for its first boot\n/);
  });

  it("refuses a card of which a partition is mounted", async function () {
    await execa("sfdisk", ["--quiet", card.device], { input: "start=1M,size=20M,type=c\n" });
    const partition = `${card.device}p1`;
    const { exitCode } = await execa("mkfs.ext4", ["-q", partition], { reject: false });
    if (exitCode !== 0) skip(this, "this kernel shows no partitions of a loop device");
    mkdirSync(join(dir, "mnt"));
    await execa("mount", [partition, join(dir, "mnt")]);
    try {
      await refused(
        /^Nothing was written: \/dev\/loop\d+p1 is mounted at .*\/mnt: umount \/dev\/loop\d+p1 ends that\.$/,
      );
    } finally {
      await execa("umount", [join(dir, "mnt")]);
    }
  });

  it("refuses this machine's swap", async function () {
    await execa("mkswap", [card.device]);
    const { exitCode, stderr } = await execa("swapon", [card.device], { reject: false });
    if (exitCode !== 0) skip(this, `swap can't be had here: ${stderr}`);
    try {
      await refused(/is this machine's swap: swapoff \/dev\/loop\d+ ends that\.$/);
    } finally {
      await execa("swapoff", [card.device]);
    }
  });

  it("refuses a card below the device mapper, as LVM and dm-crypt use it", async function () {
    const name = `pi-fleet-${process.pid}`;
    const table = `0 ${card.bytes / 512} linear ${card.device} 0`;
    const { exitCode, stderr } = await execa("dmsetup", ["create", name, "--table", table], {
      reject: false,
    });
    if (exitCode !== 0) skip(this, `the device mapper can't be had here: ${stderr?.split("\n")[0]}`);
    try {
      await refused(/\(dm\) is in use on top of it\.$/);
    } finally {
      await execa("dmsetup", ["remove", name]);
    }
  });

  it("refuses a disk of a ZFS pool, imported or not", async function () {
    // Four uberblocks of a label are what libblkid looks for: libblkid/src/superblocks/zfs.c.
    const uberblock = Buffer.alloc(8);
    uberblock.writeUInt32LE(0x00bab10c);
    const bytes = Buffer.alloc(256 << 10);
    for (let at = 128 << 10; at < bytes.length; at += 1024) uberblock.copy(bytes, at);
    writeFileSync(card.device, Buffer.concat([bytes, bytes]));
    if ((await deviceNow()).holds === "")
      skip(this, "lsblk asks udev what is on a disk, and there is none here");
    await refused(/is part of a ZFS pool: zpool labelclear \/dev\/loop\d+ makes it free\.$/);
  });

  it("never offers the disk that this machine runs from", async function () {
    const disks = await blockDevices();
    const running = disks.find((disk) => JSON.stringify(disk).includes('"/"'));
    if (!running) skip(this, "lsblk knows no disk below /");
    const { stdout } = await pi(["flash"]);
    match(
      stdout,
      new RegExp(`^${running.path}, .*: not offered: .* is mounted at /: this machine runs from it`, "m"),
    );
  });

  it("refuses a card that is another one than it was when somebody agreed", async () => {
    const agreed = await deviceNow();
    requireSame(agreed, await deviceNow());
    truncateSync(card.file, 32 * mebibyte);
    await execa("losetup", ["--set-capacity", card.device]);
    const another = /^UserError: Nothing was written: \/dev\/loop\d+ is another card now\. Begin again\.$/;
    await rejects(async () => requireSame(agreed, await deviceNow()), another);
    // A card of the same size in the same reader.
    truncateSync(card.file, 64 * mebibyte);
    await card.remove();
    card = await plugIn(card.file, 64 * mebibyte);
    const next = await deviceNow();
    if (agreed.path === next.path) await rejects(async () => requireSame(agreed, await deviceNow()), another);
  });

  it("tells a card whose size changes while it is written, and leaves none that boots", async () => {
    const shrink = () => {
      truncateSync(card.file, 8 * mebibyte);
      execaSync("losetup", ["--set-capacity", card.device]);
    };
    await rejects(run({ onWritten: (_, bytes) => bytes < 6 * mebibyte && shrink() }), /could not be written/);
    equal(card.isBootable(), false);
  });

  it("tells a card that is full too early, and leaves none that boots", async () => {
    await card.remove();
    mkdirSync(join(dir, "small"));
    await execa("mount", ["-t", "tmpfs", "-o", "size=8M", "tmpfs", join(dir, "small")]);
    try {
      card = await plugIn(join(dir, "small", "card"), 64 * mebibyte);
      const { exitCode, stderr } = await flashAs();
      equal(exitCode, 1);
      match(stderr, /^\/dev\/loop\d+ could not be written.*: (.+: the card or its reader fails|it is full)/m);
      equal(card.isBootable(), false);
    } finally {
      await card.remove();
      await execa("umount", [join(dir, "small")]);
      card = await plugIn(join(dir, "card"), 64 * mebibyte);
    }
  });

  it("tells a card that can't be read any more, and leaves none that boots", async () => {
    // A loop device gives an I/O error for what its file does not have.
    const fail = (share: number) => share === 1 && truncateSync(card.file, 9 * mebibyte);
    await rejects(
      run({ onWritten: fail }),
      /\/dev\/loop\d+ could not be read at byte \d+: EIO: i\/o error.*: the card or its reader fails, or it was pulled out\./,
    );
    equal(card.isBootable(), false);
  });

  it("leaves what was on a card where the image is mapped out, and writes zeros where it is not", async () => {
    const old = Buffer.alloc(16 * mebibyte, 0xaa);
    writeFileSync(card.device, old);
    equal((await flashAs()).exitCode, 0);
    ok(card.read(image.length).equals(image));
    writeFileSync(card.device, old);
    writeFileSync(join(dir, "a.bmap"), bmapOf(image, rangesOf(image)));
    const { exitCode, stderr } = await flashAs();
    equal(exitCode, 0, stderr);
    const now = card.read(image.length);
    for (const [start, end] of rangesOf(image)) {
      const [from, to] = [start * 4096, (end + 1) * 4096];
      ok(now.subarray(from, to).equals(image.subarray(from, to)));
    }
    // The head is whole, and this is a gap behind it.
    ok(now.subarray(mebibyte, 2 * mebibyte).equals(old.subarray(0, mebibyte)));
  });

  it("writes a file for an ordinary user, and no card", async () => {
    const [uid, gid] = [65534, 65534];
    chmodSync(dir, 0o755);
    mkdirSync(join(dir, "own"));
    chownSync(join(dir, "own"), uid, gid);
    const own = await pi(["flash", "--image", "a.img", "--device", "own/card"], { uid, gid });
    equal(own.exitCode, 0, own.stderr);
    ok(readFileSync(join(dir, "own/card")).equals(image));
    const other = await pi(["flash", "--image", "a.img", "--device", card.device, "--yes"], { uid, gid });
    equal(other.exitCode, 1);
    match(other.stderr, /only root may write to \/dev\/loop\d+/i);
    equal(card.isBootable(), false);
  });
});
