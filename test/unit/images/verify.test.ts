import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packBundle } from "../../../components/images/first-boot-bundle.js";
import { imageFile } from "../../../components/images/image-file.js";
import { withOpenDevice, withOpenImage, type OpenCard } from "../../../components/images/verify/open-card.js";
import { verify, type VerifyOptions } from "../../../components/images/verify/verify.js";
import { mebibyte, toplevel, writeCard, type CardOptions } from "./card-image.js";

const bundle = (host: string, stack = "dev") => packBundle({ host, stack, user: "pi", files: [] });
const bundleFile = "pi-fleet/first-boot.tar";
const database = { "/nix/var/nix/db/db.sqlite": "SQLite format 3" };

describe("verify", () => {
  let dir: string;
  let path: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-verify-"));
    path = join(dir, "card.img");
  });
  after(() => rmSync(dir, { recursive: true }));

  const look = async (options: Partial<VerifyOptions> = {}, file = path) => {
    const see = (card: OpenCard) => verify(card, { isCard: false, ...options });
    if (options.isCard) return withOpenDevice(file, statSync(file).size, see);
    return withOpenImage(await imageFile(file), () => undefined, see);
  };
  const faultsOf = async (card: CardOptions, options: Partial<VerifyOptions> = {}) => {
    await writeCard(path, card);
    return (await look(options)).faults.map(({ says }) => says);
  };

  it("finds nothing wrong with a good image, and says what is on it", async () => {
    await writeCard(path);
    const {
      faults,
      boards,
      bytes,
      booted,
      toplevel: found,
      system,
      marker,
    } = await look({
      pi: "pi4",
      stack: "dev",
      board: "pi4",
    });
    deepEqual(faults, []);
    deepEqual(boards, ["pi3", "pi4", "pi5", "zero2w"]);
    deepEqual([bytes, booted, found], [26 * mebibyte, false, toplevel]);
    deepEqual(system, { host: "pi4", platform: "aarch64-linux", version: "26.05" });
    deepEqual(marker, { version: "1", host: "pi4", stack: "dev" });
  });

  it("does not change what it looks into", async () => {
    await writeCard(path);
    const before = readFileSync(path);
    await look();
    equal(readFileSync(path).equals(before), true);
  });

  it("looks into a packed image, and leaves nothing of it", async () => {
    await writeCard(path);
    const packed = join(dir, "card.img.gz");
    writeFileSync(packed, gzipSync(readFileSync(path)));
    deepEqual((await look({}, packed)).faults, []);
    writeFileSync(packed, gzipSync(readFileSync(path)).subarray(0, 2000));
    await rejects(look({}, packed), /can't be read to its end .*: it is damaged or was cut short/);
  });

  const twice = "what is packed in it is packed once more, by gzip";
  it("tells a file that is packed twice", async () => {
    await writeCard(path);
    const once = gzipSync(readFileSync(path));
    const packed = join(dir, "twice.gz");
    writeFileSync(packed, gzipSync(once));
    const { faults } = await look({}, packed);
    deepEqual(faults, [{ says: twice, todo: "unpack it once" }]);
  });

  const cases: readonly {
    readonly title: string;
    readonly card?: CardOptions;
    readonly options?: Partial<VerifyOptions>;
    readonly faults: readonly (string | RegExp)[];
  }[] = [
    {
      title: "no partition table",
      card: { bend: (card) => card.fill(0, 0, 512) },
      faults: ["it has no partition table: it is no image of a card"],
    },
    {
      title: "a card whose writing was cut off",
      card: { bend: (card) => card.fill(0, 0, 512) },
      options: { isCard: true },
      faults: ["it has no partition table: nothing was written to it, or its writing was cut off"],
    },
    {
      title: "a card that a packed file was written to",
      card: { bend: (card) => gzipSync("an image").copy(card.fill(0)) },
      options: { isCard: true },
      faults: [
        "it begins like a file that is packed by gzip: an image was written to it without being unpacked",
      ],
    },
    {
      title: "a GPT",
      card: { bend: (card) => (card[446 + 4] = 0xee) },
      faults: ["it has a GPT, and the boot ROMs of older Pis read an MBR only"],
    },
    {
      title: "a first partition of another type",
      card: { bend: (card) => (card[446 + 4] = 0x82) },
      faults: ["its first partition is not FAT, and a Pi's firmware starts from no other"],
    },
    {
      title: "a first partition without FAT",
      card: { bend: (card) => card.fill(0, 2 * mebibyte, 2 * mebibyte + 512) },
      faults: ["the first partition has no FAT filesystem"],
    },
    {
      title: "no partition for Linux",
      card: { bend: (card) => (card[446 + 16 + 4] = 0x0b) },
      faults: ["it has no partition for Linux"],
    },
    {
      title: "a Linux partition without ext4",
      card: { bend: (card, root) => card.fill(0, root, root + 4096) },
      faults: ["its Linux partition has no ext4 filesystem"],
    },
    {
      title: "an ext4 filesystem that is larger than its partition",
      card: { bend: (card) => card.writeUInt32LE((4 * mebibyte) / 512, 446 + 16 + 12) },
      faults: ["its ext4 filesystem has 8.0 MiB, and its partition 4.0 MiB"],
    },
    {
      title: "an ext4 filesystem in which the kernel found errors",
      card: { bend: (card, root) => card.writeUInt16LE(3, root + 1024 + 0x3a) },
      faults: ["the kernel found errors in its ext4 filesystem"],
    },
    {
      title: "an ext4 filesystem that was not closed",
      card: { bend: (card, root) => card.writeUInt16LE(0, root + 1024 + 0x3a) },
      faults: ["its ext4 filesystem was not closed when the image was made"],
    },
    {
      title: "an ext4 filesystem without room for files",
      card: { bend: (card, root) => card.writeUInt32LE(68, root + 1024 + 0x10) },
      faults: [
        "its ext4 filesystem has room for 68 more files, and the first boot makes more before it can grow",
      ],
    },
    {
      title: "a damaged ext4 filesystem",
      card: { bend: (card, root) => card.fill(0, root + 4096, root + 6 * mebibyte) },
      faults: ["its ext4 filesystem has no /nix: it is damaged, or not of NixOS"],
    },
    {
      title: "a label that fstab does not have",
      card: { bend: (card, root) => card.write("OTHER\0\0\0", root + 1024 + 0x78) },
      faults: ["its system mounts / from the label NIXOS_SD, and its ext4 filesystem has OTHER"],
    },
    {
      title: "another card than the one it is for",
      options: { cardBytes: 20 * mebibyte },
      faults: ["it needs 26.0 MiB, and the card has 20.0 MiB"],
    },
    {
      title: "no bootcode.bin",
      card: { fat: { "bootcode.bin": undefined } },
      options: { board: "pi3" },
      faults: [
        "it is not for a Raspberry Pi 3, whose firmware needs bootcode.bin on the first partition; it is for pi4, pi5",
      ],
    },
    {
      title: "firmware of older Pis only",
      card: { fat: { "start4.elf": undefined, "fixup4.dat": undefined } },
      options: { board: "pi4" },
      faults: [
        /whose firmware needs start4\.elf, fixup4\.dat on the first partition; it is for pi3, pi5, zero2w$/,
      ],
    },
    {
      title: "no device tree of a Pi 5",
      card: { fat: { "bcm2712-rpi-5-b.dtb": undefined } },
      options: { board: "pi5" },
      faults: [/Raspberry Pi 5, whose firmware needs bcm2712-rpi-5-b\.dtb or bcm2712-d-rpi-5-b\.dtb or/],
    },
    {
      title: "no U-Boot, as nixos-hardware's modules leave it",
      card: { fat: { "u-boot.bin": undefined, "config.txt": "arm_64bit=1\n" } },
      options: { board: "pi4" },
      faults: [/firmware needs kernel8\.img on the first partition$/],
    },
    {
      title: "an empty file of firmware",
      card: { fat: { "start4.elf": "" } },
      options: { board: "pi4" },
      faults: [/needs start4\.elf on/],
    },
    {
      title: "the stub that config.txt names for one model",
      card: { fat: { "armstub8-gic.bin": undefined } },
      options: { board: "pi4" },
      faults: [/needs armstub8-gic\.bin on the first partition; it is for pi3, pi5, zero2w$/],
    },
    {
      title: "no firmware at all",
      card: { fat: { "config.txt": undefined, "u-boot.bin": undefined } },
      faults: [
        /^its first partition has the firmware of no board: pi2 needs config\.txt, kernel7\.img; pi3 needs /,
      ],
    },
    {
      title: "a system of another platform",
      card: { root: { [`${toplevel}/system`]: "x86_64-linux" } },
      options: { board: "pi4" },
      faults: ["its system is for x86_64-linux, and a Raspberry Pi 4 is aarch64-linux"],
    },
    {
      title: "no menu of U-Boot",
      card: { root: { "/boot/extlinux/extlinux.conf": undefined } },
      faults: [
        /^there is no \/extlinux\/extlinux\.conf or \/boot\/extlinux\/extlinux\.conf where U-Boot looks/,
      ],
    },
    {
      title: "a menu on a partition where U-Boot does not look",
      card: { bend: (card) => (card[446 + 16] = 0) },
      faults: [/where U-Boot looks: on the partition that is marked bootable, else on the first$/],
    },
    {
      title: "a menu whose kernel and device trees are not there",
      card: {
        root: {
          "/boot/nixos/k-Image": undefined,
          "/boot/nixos/d-dtbs/broadcom/bcm2711-rpi-4-b.dtb": undefined,
        },
      },
      faults: [
        'the entry "nixos-default" of /boot/extlinux/extlinux.conf lacks /boot/nixos/k-Image, /boot/nixos/d-dtbs',
      ],
    },
    {
      title: "a toplevel that is not there",
      card: {
        root: {
          "/boot/extlinux/extlinux.conf": "LABEL a\nLINUX ../nixos/k-Image\nAPPEND init=/nix/store/x-y/init",
        },
      },
      faults: [
        "the toplevel that boots, /nix/store/x-y, is not in its store",
        "its /nix-path-registration lacks /nix/store/x-y",
      ],
    },
    {
      title: "a closure that is not registered",
      card: { root: { "/nix-path-registration": undefined } },
      faults: ["its closure is not registered: it has neither /nix-path-registration nor a database of Nix"],
    },
    {
      title: "a closure that is registered in part",
      card: { root: { "/nix-path-registration": `${toplevel}\nh\n1\n\n1\n/nix/store/a-b\n` } },
      faults: ["its /nix-path-registration lacks /nix/store/a-b"],
    },
    {
      title: "a registration that was cut short",
      card: { root: { "/nix-path-registration": `${toplevel}\nh\n1\n\n0\n/nix/store/a-b\nh` } },
      faults: ["its /nix-path-registration was cut short"],
    },
    {
      title: "a store that lacks what is registered",
      card: { root: { "/nix-path-registration": `${toplevel}\nh\n1\n\n0\n/nix/store/a-b\nh\n1\n\n0\n` } },
      faults: ["its store lacks /nix/store/a-b"],
    },
    {
      title: "an image of another Pi",
      options: { pi: "pi5" },
      faults: ["it is the image of pi4, not of pi5"],
    },
    {
      title: "an image of another stack",
      options: { pi: "pi4", stack: "prod" },
      faults: ["it is an image of the stack dev, not of prod"],
    },
    {
      title: "an image that is nobody's, for any Pi",
      card: { fat: { "pi-fleet/image": "VERSION=1\nSTACK=dev\n" } },
      options: { pi: "pi5", stack: "dev" },
      faults: [],
    },
    {
      title: "an image of another version",
      card: { fat: { "pi-fleet/image": "VERSION=2\n" } },
      faults: ["it reads first-boot bundles of version 2, and this pi-fleet writes version 1"],
    },
    {
      title: "an image that consumes no bundle, when it is to be a Pi's",
      card: { fat: { "pi-fleet/image": undefined } },
      options: { pi: "pi4" },
      faults: [/^it has no pi-fleet\/image: its system consumes no first-boot bundle/],
    },
    {
      title: "nothing, of an image that is nobody's business",
      card: { fat: { "pi-fleet/image": undefined } },
      faults: [],
    },
    {
      title: "a card without its bundle",
      options: { isCard: true },
      faults: [
        /^it has no first-boot bundle \(pi-fleet\/first-boot\.tar\): its Pi would have another host key/,
      ],
    },
    {
      title: "nothing, of a card with its bundle",
      card: { fat: { [bundleFile]: bundle("pi4") } },
      options: { isCard: true, pi: "pi4", stack: "dev" },
      faults: [],
    },
    {
      title: "a bundle of another Pi",
      card: { fat: { [bundleFile]: bundle("pi3") } },
      options: { isCard: true },
      faults: ["its first-boot bundle is of pi3, and its image of pi4"],
    },
    {
      title: "a bundle of another Pi on an image that is nobody's",
      card: { fat: { [bundleFile]: bundle("pi3"), "pi-fleet/image": "VERSION=1\nSTACK=dev\n" } },
      options: { isCard: true, pi: "pi4" },
      faults: ["its first-boot bundle is of pi3, not of pi4"],
    },
    {
      title: "a bundle of another stack",
      card: { fat: { [bundleFile]: bundle("pi4", "prod") } },
      options: { isCard: true },
      faults: ["its first-boot bundle is of the stack prod, not of dev"],
    },
    {
      title: "a bundle that is damaged",
      card: { fat: { [bundleFile]: "no tar" } },
      options: { isCard: true },
      faults: [/bundle/],
    },
    {
      title: "a bundle that nothing consumes",
      card: { fat: { [bundleFile]: bundle("pi4"), "pi-fleet/image": undefined } },
      faults: [
        "it has a first-boot bundle, and its image consumes none: the secrets in it stay readable on the card",
      ],
    },
    {
      title: "a bundle that was not consumed",
      card: {
        fat: { [bundleFile]: bundle("pi4") },
        root: { ...database, "/nix-path-registration": undefined },
      },
      options: { isCard: true },
      faults: ["it was booted, and its first-boot bundle is still there: its Pi did not consume it"],
    },
    {
      title: "nothing, of a card that was booted and pulled out while it ran",
      card: {
        root: { ...database, "/nix-path-registration": undefined },
        bend: (card, root) =>
          card.writeUInt32LE(card.readUInt32LE(root + 1024 + 0x60) | 4, root + 1024 + 0x60),
      },
      options: { isCard: true },
      faults: [],
    },
  ];
  for (const { title, card = {}, options = {}, faults } of cases)
    it(`finds: ${title}`, async () => {
      const found = await faultsOf(card, options);
      equal(found.length, faults.length, found.join("\n"));
      for (const [index, fault] of faults.entries())
        if (typeof fault === "string") equal(found[index], fault);
        else match(found[index]!, fault);
    });

  it("finds an image that was cut short", async () => {
    await writeCard(path);
    truncateSync(path, 25 * mebibyte);
    deepEqual(
      (await look()).faults.map(({ says }) => says),
      ["its partition 2 ends at 26.0 MiB, and the image at 25.0 MiB: it was cut short"],
    );
  });
});
