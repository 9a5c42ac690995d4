import { readFileSync } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { FatFiles } from "../../../components/images/fat.js";
import { cardWithFat, fatOf } from "./fat-image.js";

/** What `mke2fs -t ext4 -L NIXOS_SD` of e2fsprogs 1.47 makes in 8 MiB: bytes that are not zero, by where they are. */
const blankExt4 = JSON.parse(readFileSync(new URL("blank-ext4.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;

export const mebibyte = 1 << 20;
const fatStart = 2 * mebibyte;
const ext4Bytes = 8 * mebibyte;

export const toplevel = "/nix/store/00000000000000000000000000000000-nixos-system-pi4-26.05";
const etc = "/nix/store/11111111111111111111111111111111-etc";
const kernel = "/nix/store/22222222222222222222222222222222-linux-6.12";

/** Files by their path; a text that begins with `-> ` is a symbolic link; undefined takes away what a good card has. */
export type Files = Readonly<Record<string, string | Buffer | undefined>>;

export interface CardOptions {
  readonly fat?: Files;
  readonly root?: Files;
  /** Changes the finished bytes: `rootStart` is where the ext4 filesystem begins. */
  readonly bend?: (card: Buffer, rootStart: number) => void;
}

/** What nixpkgs' sd-image-aarch64 puts on the first partition, for all its boards. */
const firmware: Files = {
  "bootcode.bin": "boot code",
  ...Object.fromEntries(
    ["start.elf", "fixup.dat", "start4.elf", "fixup4.dat", "armstub8-gic.bin"].map((name) => [name, name]),
  ),
  ...Object.fromEntries(
    ["bcm2710-rpi-3-b", "bcm2710-rpi-zero-2-w", "bcm2711-rpi-4-b", "bcm2712-rpi-5-b"].map((name) => [
      `${name}.dtb`,
      name,
    ]),
  ),
  "u-boot.bin": "code, U-Boot 2026.01 (Jan 01 2026), code",
  "config.txt":
    "kernel=u-boot.bin\narm_64bit=1\n[pi3]\ncore_freq=250\n[pi4]\narmstub=armstub8-gic.bin\n[pi5]\nenable_uart=0\n",
  "pi-fleet/image": "VERSION=1\nHOST=pi4\nSTACK=dev\n",
};

const registration = [
  [toplevel, "hash", "1000", "", "2", etc, kernel],
  [etc, "hash", "10", "", "0"],
  [kernel, "hash", "10", "", "0"],
]
  .flat()
  .join("\n");

const rootFiles: Files = {
  [`${toplevel}/init`]: "#!/bin/sh",
  [`${toplevel}/system`]: "aarch64-linux",
  [`${toplevel}/nixos-version`]: "26.05",
  [`${toplevel}/etc`]: `-> ${etc}/etc`,
  [`${etc}/etc/hostname`]: "pi4\n",
  [`${etc}/etc/fstab`]: "# made\n/dev/disk/by-label/NIXOS_SD / ext4 x-initrd.mount 0 1\n",
  [`${kernel}/Image`]: "kernel",
  "/boot/nixos/k-Image": "kernel",
  "/boot/nixos/i-initrd": "initrd",
  "/boot/nixos/d-dtbs/broadcom/bcm2711-rpi-4-b.dtb": "tree",
  "/boot/extlinux/extlinux.conf": [
    "DEFAULT nixos-default",
    "TIMEOUT 50",
    "LABEL nixos-default",
    "  MENU LABEL NixOS - Default",
    "  LINUX ../nixos/k-Image",
    "  INITRD ../nixos/i-initrd",
    `  APPEND init=${toplevel}/init console=ttyS0,115200n8`,
    "  FDTDIR ../nixos/d-dtbs",
    "",
  ].join("\n"),
  "/nix-path-registration": `${registration}\n`,
};

/** Writes a card's image to a file: what nixpkgs makes, with these changes. */
export async function writeCard(
  path: string,
  { fat = {}, root = {}, bend }: CardOptions = {},
): Promise<void> {
  const card =
    Object.keys({ ...fat, ...root }).length > 0 ? await makeCard(path, fat, root) : await usual(path);
  bend?.(card, rootStart);
  await writeFile(path, card);
}

let usualCard: Buffer | undefined;

async function usual(path: string): Promise<Buffer> {
  usualCard ??= await makeCard(path, {}, {});
  return Buffer.from(usualCard);
}

const withoutRoot = cardWithFat("FAT16");
const fatBytes = fatOf(withoutRoot).length;
const rootStart = fatStart + fatBytes;

async function makeCard(path: string, fat: Files, root: Files): Promise<Buffer> {
  const card = Buffer.alloc(rootStart + ext4Bytes);
  withoutRoot.copy(card, 0, 0, rootStart);
  (await filledExt4(root)).copy(card, rootStart);
  const second = 446 + 16;
  card[second] = 0x80;
  card.writeUInt32LE(ext4Bytes / 512, second + 12);
  await writeFile(path, card);
  const handle = await open(path, "r+");
  try {
    const files = await FatFiles.open(handle, { start: fatStart, bytes: fatBytes });
    for (const [name, content] of contents(firmware, fat)) await files.write(name, Buffer.from(content));
    return await readFile(path);
  } finally {
    await handle.close();
  }
}

function contents(usual: Files, changed: Files): [string, string | Buffer][] {
  return Object.entries({ ...usual, ...changed }).filter(
    (entry): entry is [string, string | Buffer] => entry[1] !== undefined,
  );
}

interface Ext2fs {
  readonly withMountedDisk: (
    disk: unknown,
    offset: number,
    use: (fs: { promises: ExtFs }) => Promise<void>,
  ) => Promise<void>;
}

interface ExtFs {
  readonly mkdir: (path: string, mode: number) => Promise<void>;
  readonly writeFile: (path: string, content: Buffer) => Promise<void>;
  readonly symlink: (target: string, path: string) => Promise<void>;
}

/** Most cards have the same. */
let usualExt4: Promise<Buffer> | undefined;

function filledExt4(changed: Files): Promise<Buffer> {
  if (Object.keys(changed).length > 0) return fillExt4(contents(rootFiles, changed));
  usualExt4 ??= fillExt4(contents(rootFiles, {}));
  return usualExt4;
}

async function fillExt4(files: [string, string | Buffer][]): Promise<Buffer> {
  const bytes = Buffer.alloc(ext4Bytes);
  for (const [at, text] of Object.entries(blankExt4)) Buffer.from(text, "base64").copy(bytes, Number(at));
  const ext2fs = createRequire(import.meta.url)("ext2fs") as Ext2fs;
  const disk = {
    read: (buffer: Buffer, offset: number, length: number, at: number) =>
      Promise.resolve({ bytesRead: bytes.copy(buffer, offset, at, at + length), buffer }),
    write: (buffer: Buffer, offset: number, length: number, at: number) =>
      Promise.resolve({ bytesWritten: buffer.copy(bytes, at, offset, offset + length), buffer }),
    discard: () => Promise.resolve(),
    flush: () => Promise.resolve(),
  };
  await ext2fs.withMountedDisk(disk, 0, async ({ promises: fs }) => {
    const made = new Set<string>([""]);
    const folder = async (path: string): Promise<void> => {
      if (made.has(path)) return;
      made.add(path);
      await folder(path.slice(0, path.lastIndexOf("/")));
      await fs.mkdir(path, 0o755);
    };
    for (const [path, content] of files) {
      await folder(path.slice(0, path.lastIndexOf("/")));
      const link = /^-> (.*)$/.exec(String(content))?.[1];
      if (link) await fs.symlink(link, path);
      else await fs.writeFile(path, Buffer.from(content));
    }
  });
  return bytes;
}
