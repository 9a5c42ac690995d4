import { boards, type Board } from "../../config/boards.js";
import type { CardFiles } from "./card-files.js";
import { readConfigTxt, type FirmwareSettings } from "./config-txt.js";
import type { Finding } from "./finding.js";

/** What the first partition must have for a model. */
interface Firmware {
  /** The sections of config.txt that hold for it. */
  readonly models: readonly string[];
  /** What its boot ROM loads from the card; its EEPROM has that on newer ones. */
  readonly bootcode?: "bootcode.bin";
  /** The number in start4.elf; undefined when the EEPROM has that too. */
  readonly start?: "" | "4";
  /** The kernels that it looks for when config.txt names none. */
  readonly kernels: readonly string[];
  /** Device trees, of which it needs that of its own revision; none when U-Boot brings its own. */
  readonly trees: readonly string[];
}

/**
 * Raspberry Pi documentation, configuration/boot_folder.adoc, config_txt/boot.adoc and conditional.adoc; nixpkgs,
 * sd-image-aarch64.nix and sd-image-armv7l-multiplatform.nix; the names of device trees in mainline Linux.
 */
const firmwareOf = {
  pi2: { models: ["pi2"], bootcode: "bootcode.bin", start: "", kernels: ["kernel7.img"], trees: [] },
  pi3: {
    models: ["pi3", "pi3+"],
    bootcode: "bootcode.bin",
    start: "",
    kernels: ["kernel8.img"],
    trees: [
      "bcm2710-rpi-3-b.dtb",
      "bcm2710-rpi-3-b-plus.dtb",
      "bcm2837-rpi-3-b.dtb",
      "bcm2837-rpi-3-b-plus.dtb",
    ],
  },
  pi4: {
    models: ["pi4"],
    start: "4",
    kernels: ["kernel8.img"],
    trees: ["bcm2711-rpi-4-b.dtb", "bcm2711-rpi-400.dtb", "bcm2711-rpi-cm4.dtb"],
  },
  pi5: {
    models: ["pi5"],
    kernels: ["kernel_2712.img", "kernel8.img"],
    trees: ["bcm2712-rpi-5-b.dtb", "bcm2712-d-rpi-5-b.dtb", "bcm2712-rpi-500.dtb"],
  },
  zero2w: {
    models: ["pi0", "pi0w", "pi02"],
    bootcode: "bootcode.bin",
    start: "",
    kernels: ["kernel8.img"],
    trees: ["bcm2710-rpi-zero-2-w.dtb", "bcm2710-rpi-zero-2.dtb", "bcm2837-rpi-zero-2-w.dtb"],
  },
} as const satisfies Partial<Record<Board, Firmware>>;

/** The boards that boot from a card. */
export type CardBoard = keyof typeof firmwareOf;

export const cardBoards = Object.keys(firmwareOf) as [CardBoard, ...CardBoard[]];

interface BoardCheck {
  readonly missing: readonly string[];
  readonly startsUBoot: boolean;
}

/** What a board's firmware finds on the first partition. */
async function checkBoard(board: CardBoard, files: CardFiles): Promise<BoardCheck> {
  const firmware: Firmware = firmwareOf[board];
  const text = await files.read("/config.txt");
  const settings = readConfigTxt(text?.toString() ?? "", firmware.models);
  const has = async (name: string) => ((await files.size(`/${name}`)) ?? 0) > 0;
  const anyOf = async (names: readonly string[]) => {
    for (const name of names) if (await has(name)) return name;
    return undefined;
  };
  const prefix = settings.get("os_prefix") ?? "";
  const ofSystem = (names: readonly string[]) =>
    anyOf([...names.map((name) => `${prefix}${name}`), ...names]);

  const kernels = settings.has("kernel") ? [settings.get("kernel")!] : firmware.kernels;
  const kernel = await ofSystem(kernels);
  const trees = settings.has("device_tree") ? [settings.get("device_tree")!] : firmware.trees;
  const missing = [
    ...(text ? [] : ["config.txt"]),
    ...(firmware.bootcode && !(await has(firmware.bootcode)) ? [firmware.bootcode] : []),
    ...(await absent(startFiles(firmware, settings), has)),
    ...(kernel === undefined ? [kernels.join(" or ")] : []),
    ...(await absent(settings.has("armstub") ? [settings.get("armstub")!] : [], has)),
    ...(trees.some(Boolean) && !(await ofSystem(trees)) ? [trees.join(" or ")] : []),
  ];
  return { missing, startsUBoot: kernel !== undefined && (await isUBoot(kernel, files)) };
}

function startFiles({ start }: Firmware, settings: FirmwareSettings): string[] {
  if (start === undefined) return [];
  const variant = settings.get("start_x") === "1" ? "x" : settings.get("gpu_mem") === "16" ? "cd" : "";
  const name = (file: string) => `${file}${start}${variant && start === "" ? "_" : ""}${variant}`;
  return [
    settings.get("start_file") ?? `${name("start")}.elf`,
    settings.get("fixup_file") ?? `${name("fixup")}.dat`,
  ];
}

async function absent(names: readonly string[], has: (name: string) => Promise<boolean>): Promise<string[]> {
  const found = await Promise.all(names.map(has));
  return names.filter((_, index) => !found[index]);
}

/** A kernel of Linux is larger than any U-Boot, and is not read for it. */
const largestUBoot = 4 << 20;

async function isUBoot(kernel: string, files: CardFiles): Promise<boolean> {
  if (((await files.size(`/${kernel}`)) ?? 0) > largestUBoot) return false;
  return (await files.read(`/${kernel}`))?.includes("U-Boot 20") ?? false;
}

/** What the firmware of each board finds on the first partition. */
export type FirmwareChecks = ReadonlyMap<Board, BoardCheck>;

export async function checkFirmware(files: CardFiles): Promise<FirmwareChecks> {
  const checked = new Map<Board, BoardCheck>();
  for (const board of cardBoards) checked.set(board, await checkBoard(board, files));
  return checked;
}

/** The boards that start from it. @param platform of the system, when that is known */
export function startingBoards(checked: FirmwareChecks, platform: string | undefined): CardBoard[] {
  return cardBoards.filter(
    (board) =>
      checked.get(board)?.missing.length === 0 &&
      (platform === undefined || boards[board].system === platform),
  );
}

/**
 * What keeps a board from starting from the first partition; without a board, what keeps all of them.
 * @param board one that boots from no card, such as a virtual machine's, has no firmware to look for
 */
export function firmwareFaults(
  checked: FirmwareChecks,
  board: Board | undefined,
  platform: string | undefined,
): Finding[] {
  const good = startingBoards(checked, platform);
  const missingFor = (each: Board) => checked.get(each)?.missing ?? [];
  if (board) {
    if (missingFor(board).length === 0) return [];
    const instead = good.length > 0 ? `; it is for ${good.join(", ")}` : "";
    const needs = missingFor(board).join(", ");
    return [
      {
        says: `it is not for a ${boards[board].title}, whose firmware needs ${needs} on the first partition${instead}`,
        todo: fillIt,
      },
    ];
  }
  if (startingBoards(checked, undefined).length > 0) return [];
  const lacks = cardBoards.map((each) => `${each} needs ${missingFor(each).join(", ")}`).join("; ");
  return [{ says: `its first partition has the firmware of no board: ${lacks}`, todo: fillIt }];
}

const fillIt =
  "build the image for that board: nixpkgs' sd-image module fills the first partition, and with nixos-hardware's modules " +
  "it needs hardware.raspberry-pi.firmware.uboot.enable";
