import { deepEqual, equal, match, ok } from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { smallImage } from "../unit/images/image.js";
import { skip } from "../skip.js";

const root = resolve(import.meta.dirname, "../..");
const mebibyte = 1 << 20;

describe("flash, to cards that are loop devices", function () {
  this.timeout(60_000);
  let dir: string;
  let device: string;
  const image = smallImage();

  before(async function () {
    const { exitCode, stderr, code } = await execa("losetup", ["--find"], { reject: false });
    if (exitCode !== 0) skip(this, `a loop device can't be had: ${stderr || code}`);
  });
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-cards-"));
    writeFileSync(join(dir, "card.img"), image);
    device = await plugIn(64 * mebibyte);
  });
  afterEach(async () => {
    await execa("losetup", ["--detach", device]);
    rmSync(dir, { recursive: true });
  });

  const plugIn = async (bytes: number) => {
    const file = openSync(join(dir, "card"), "w");
    ftruncateSync(file, bytes);
    closeSync(file);
    return (await execa("losetup", ["--find", "--show", join(dir, "card")])).stdout;
  };
  const pi = (...words: string[]) =>
    execa(process.execPath, [join(root, "pi.js"), "flash", ...words], {
      reject: false,
      stdin: "ignore",
      cwd: dir,
    });
  const flash = (...words: string[]) => pi("--image", "card.img", "--device", device, ...words);
  const refused = async (told: RegExp, ...words: string[]) => {
    const { exitCode, stdout, stderr } = await flash(...words);
    equal(exitCode, 1, stderr);
    match(stderr, told);
    equal(stdout, "");
  };
  const onCard = (length: number) => {
    const bytes = Buffer.alloc(length);
    const card = openSync(device, "r");
    readSync(card, bytes, 0, length, 0);
    closeSync(card);
    return bytes;
  };

  it("writes the image and nothing else, erases the second GPT at the end, and says so in one line", async () => {
    const { exitCode, stdout, stderr } = await flash("--yes");
    equal(exitCode, 0, stderr);
    equal(
      stdout,
      `${device} has the image card.img, 12.0 MiB, and was read back without a fault. Take the card out; its Pi can boot.`,
    );
    match(stderr, /^100 % written, 12\.0 MiB, [^\n]+\/s\n100 % read back, 12\.0 MiB, [^\n]+\/s$/);
    ok(onCard(image.length).equals(image));
    ok(
      readFileSync(join(dir, "card"))
        .subarray(image.length)
        .every((byte) => byte === 0),
    );
  });

  it("asks first, and without a terminal wants --yes", async () => {
    await refused(
      /^Nothing was written: all of \/dev\/loop\d+, 64\.0 MiB, empty would be erased\. To agree: --yes\.$/,
    );
    ok(onCard(mebibyte).every((byte) => byte === 0));
  });

  it("refuses a card that is mounted", async () => {
    await execa("mkfs.ext4", ["-q", device]);
    await execa("mkdir", [join(dir, "mnt")]);
    await execa("mount", [device, join(dir, "mnt")]);
    try {
      await refused(
        /^Nothing was written: \/dev\/loop\d+ is mounted at .*\/mnt: umount \/dev\/loop\d+ ends that\.$/,
        "--yes",
      );
    } finally {
      await execa("umount", [join(dir, "mnt")]);
    }
    // It is still the filesystem that it was.
    await execa("fsck.ext4", ["-fn", device]);
  });

  it("refuses a card that is too small, before it writes", async () => {
    await execa("losetup", ["--detach", device]);
    device = await plugIn(8 * mebibyte);
    await refused(
      /^Nothing was written: \/dev\/loop\d+ has 8\.0 MiB, and the image needs 12\.0 MiB\.$/,
      "--yes",
    );
  });

  it("refuses a read-only card", async () => {
    await execa("blockdev", ["--setro", device]);
    try {
      await refused(/is read-only: a card has a switch for that/, "--yes");
    } finally {
      // The kernel would keep it for the next one that gets this device.
      await execa("blockdev", ["--setrw", device]);
    }
  });

  it("becomes root for the writing alone, which gets all that is secret on stdin", async () => {
    // What sudo is called with, for this process to do, which is root.
    mkdirSync(join(dir, "bin"));
    const sudo = `#!/bin/sh\ncd '${dir}'\ncat >order\nprintf '%s\\n' "$@" >argv\necho '{"bytes":12582912}'\n`;
    writeFileSync(join(dir, "bin/sudo"), sudo, { mode: 0o755 });
    // Without this capability root may write no more than the mode says.
    chmodSync(device, 0o400);
    const words = ["flash", "--image", "card.img", "--device", device, "--yes"];
    const flash = await execa(
      "setpriv",
      ["--bounding-set=-dac_override", process.execPath, join(root, "pi.js"), ...words],
      { reject: false, stdin: "ignore", cwd: dir, env: { PATH: `${dir}/bin:${process.env["PATH"]}` } },
    );
    equal(flash.exitCode, 0, flash.stderr);
    match(flash.stdout, /^\/dev\/loop\d+ has the image card\.img, 12\.0 MiB, /);
    match(flash.stderr, /^Only root may write to \/dev\/loop\d+: sudo may ask for your password\.$/);
    const argv = readFileSync(join(dir, "argv"), "utf8").split("\n");
    deepEqual(argv.slice(3, -1), [process.execPath, join(root, "pi.js"), "flash-as-root"]);
    ok(onCard(mebibyte).every((byte) => byte === 0));

    const order = JSON.parse(readFileSync(join(dir, "order"), "utf8")) as { agreed: object };
    const asRoot = (changed: object) =>
      execa(process.execPath, [join(root, "pi.js"), "flash-as-root"], {
        ...{ reject: false, input: JSON.stringify({ ...order, ...changed }) },
      });
    const other = await asRoot({ agreed: { ...order.agreed, bytes: 1 << 30 } });
    deepEqual([other.exitCode, other.stdout], [1, ""]);
    ok(onCard(mebibyte).every((byte) => byte === 0));
    // Its FAT has no filesystem, so a bundle must be what stops it.
    match((await asRoot({ bundle: "YQ==" })).stderr, /FAT/);
    const { exitCode, stdout, stderr } = await asRoot({});
    deepEqual([exitCode, stdout], [0, '{"bytes":12582912}'], stderr);
    ok(onCard(image.length).equals(image));
  });

  it("is looked into as root, with what the stack says on stdin, and the stack is not read as root", async () => {
    mkdirSync(join(dir, "bin"));
    const sudo = `#!/bin/sh\ncd '${dir}'\ncat >order\nprintf '%s\\n' "$@" >argv\necho looked\nexit 1\n`;
    writeFileSync(join(dir, "bin/sudo"), sudo, { mode: 0o755 });
    chmodSync(device, 0);
    const words = ["verify", device, "--board", "pi4"];
    const { exitCode, stdout, stderr } = await execa(
      "setpriv",
      ["--bounding-set=-dac_override,-dac_read_search", process.execPath, join(root, "pi.js"), ...words],
      { reject: false, stdin: "ignore", cwd: dir, env: { PATH: `${dir}/bin:${process.env["PATH"]}` } },
    );
    deepEqual([exitCode, stdout], [1, "looked"], stderr);
    const argv = readFileSync(join(dir, "argv"), "utf8").split("\n");
    deepEqual(argv.slice(3, -1), [process.execPath, join(root, "pi.js"), "verify-as-root"]);
    const input = readFileSync(join(dir, "order"), "utf8");
    deepEqual(JSON.parse(input), { path: device, board: "pi4" });
    chmodSync(device, 0o660);
    const asRoot = await execa(process.execPath, [join(root, "pi.js"), "verify-as-root"], {
      ...{ reject: false, input },
    });
    deepEqual([asRoot.exitCode, asRoot.stdout.split("\n")[0]], [1, `${device}:`], asRoot.stderr);
    match(asRoot.stderr, /It has no partition table: nothing was written to it/);
  });

  it("a run that is killed leaves a card that is whole or does not boot, and the next one is right", async () => {
    const run = flash("--yes");
    await new Promise((told) =>
      run.stderr.on("data", (said) => String(said).includes("written") && told(said)),
    );
    run.kill("SIGKILL");
    await run;
    const left = onCard(image.length);
    ok(left.readUInt16LE(510) !== 0xaa55 || left.equals(image));
    const { exitCode, stderr } = await flash("--yes");
    equal(exitCode, 0, stderr);
    ok(onCard(image.length).equals(image));
  });
});

describe("flash, by anybody", function () {
  this.timeout(60_000);
  const pi = (...words: string[]) =>
    execa(process.execPath, [join(root, "pi.js"), "flash", ...words], { reject: false, stdin: "ignore" });

  it("without a device lists what there is, and writes nothing", async () => {
    const { exitCode, stdout } = await pi("--image", "none");
    equal(exitCode, 0);
    match(stdout, /\nNothing was written\. Name the card: --device \/dev\/…$/);
  });

  it("takes nothing for a card that is none", async () => {
    const dir = mkdtempSync(join(tmpdir(), "pi-fleet-cards-"));
    try {
      const image = join(dir, "card.img");
      writeFileSync(image, smallImage());
      for (const [device, told] of [
        ["/dev/sdzz", "There is no /dev/sdzz: is the card in the reader?"],
        ["/dev/null", "/dev/null is neither a disk of this machine nor a file."],
        [dir, `${dir} is neither a disk of this machine nor a file.`],
      ] as const) {
        const { exitCode, stderr } = await pi("--image", image, "--device", device, "--yes");
        equal(exitCode, 1);
        equal(stderr, told);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("says what it does not take", async () => {
    const { exitCode, stderr } = await pi("--devise", "x");
    equal(exitCode, 1);
    match(stderr, /^flash: Unknown option '--devise'/);
  });
});
