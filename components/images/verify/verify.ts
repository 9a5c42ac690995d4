import type { FileHandle } from "node:fs/promises";
import type { Board } from "../../config/boards.js";
import { sizeText } from "../../shared/size-text.js";
import { UserError } from "../../shared/user-error.js";
import { fatTypes, readPartitionTable, type Partition } from "../partition-table.js";
import type { FirstBootBundle, ImageMarker } from "../first-boot-bundle.js";
import { cutShort } from "../image-faults.js";
import { compressionOf } from "../image-file.js";
import { checkBundle, markerFaults, readMarker, type Expected } from "./bundle-faults.js";
import { fatCardFiles, type CardFiles } from "./card-files.js";
import type { Finding } from "./finding.js";
import { checkFirmware, firmwareFaults, startingBoards, type CardBoard } from "./firmware-faults.js";
import type { OpenCard } from "./open-card.js";
import { readAt } from "./read-at.js";
import { checkRoot, type RootCheck } from "./root-check.js";

export interface VerifyOptions extends Expected {
  readonly board?: Board | undefined;
  /** A card in a reader; else an image's file. */
  readonly isCard: boolean;
  /** The size of the card that an image is for. */
  readonly cardBytes?: number | undefined;
}

/** What is wrong, and what is on the card as far as it could be read. */
export interface Verdict extends RootCheck {
  readonly bytes: number;
  /** The boards whose firmware finds what it needs. */
  readonly boards: readonly CardBoard[];
  readonly marker?: ImageMarker | undefined;
  readonly bundle?: FirstBootBundle | undefined;
}

const linuxType = 0x83;
const buildAgain = "build the image again";
const unread: RootCheck = { faults: [], booted: false, needsRecovery: false };

/** Looks into an image or a card, and says all that is wrong with it. Nothing is written. */
export async function verify({ handle, bytes }: OpenCard, options: VerifyOptions): Promise<Verdict> {
  const head = await readAt(handle, 0, 512);
  const table = readPartitionTable(head);
  if (table.kind !== "mbr") {
    const faults = [noTable(table.kind, head, options)];
    return { ...unread, bytes, boards: [], faults };
  }
  const { partitions } = table;
  const { files: fat, faults: fatFaults } = await openFat(handle, partitions[0]);
  const firmware = fat && (await checkFirmware(fat));
  const marker = fat && (await readMarker(fat));
  const board = options.board ?? (firmware && startingBoards(firmware, undefined)[0]);
  const startsUBoot = (board && firmware?.get(board)?.startsUBoot) ?? true;
  const root = partitions.find(({ type }) => type === linuxType);
  const ofRoot = root
    ? await checkRoot(handle, root, { board: options.board, fat, startsUBoot, partitions })
    : { ...unread, faults: [{ says: "it has no partition for Linux", todo: buildAgain }] };
  const platform = ofRoot.system?.platform;
  const { booted } = ofRoot;
  const bundle = fat && (await checkBundle(fat, marker, options, { booted, needed: options.isCard }));
  const faults = [
    ...sizeFaults(head, bytes, partitions, options),
    ...fatFaults,
    ...(firmware ? firmwareFaults(firmware, options.board, platform) : []),
    ...ofRoot.faults,
    ...(fat ? markerFaults(marker, options) : []),
    ...(bundle?.faults ?? []),
  ];
  const startingFrom = firmware ? startingBoards(firmware, platform) : [];
  return { ...ofRoot, bytes, boards: startingFrom, marker, bundle: bundle?.bundle, faults };
}

function noTable(kind: "gpt" | "none", head: Buffer, { isCard }: VerifyOptions): Finding {
  const packed = compressionOf(head);
  if (packed !== "none")
    return {
      says: isCard
        ? `it begins like a file that is packed by ${packed}: an image was written to it without being unpacked`
        : `what is packed in it is packed once more, by ${packed}`,
      todo: isCard ? "flash it again: npm run pi -- flash unpacks" : "unpack it once",
    };
  if (kind === "gpt")
    return {
      says: "it has a GPT, and the boot ROMs of older Pis read an MBR only",
      todo: `${buildAgain} with an MBR, as nixpkgs' sd-image module does`,
    };
  return {
    says: isCard
      ? "it has no partition table: nothing was written to it, or its writing was cut off"
      : "it has no partition table: it is no image of a card",
    todo: isCard ? "flash it again" : "name an image such as result/sd-image/*.img.zst",
  };
}

function sizeFaults(
  head: Buffer,
  bytes: number,
  partitions: readonly Partition[],
  { isCard, cardBytes }: VerifyOptions,
): Finding[] {
  const end = Math.max(...partitions.map((partition) => partition.start + partition.bytes));
  return [
    ...cutShort(head, bytes).map((says) => ({
      says,
      todo: isCard ? "it is smaller than its image: take a larger card" : "get or build the image again",
    })),
    ...(cardBytes !== undefined && Math.max(end, bytes) > cardBytes
      ? [
          {
            says: `it needs ${sizeText(Math.max(end, bytes))}, and the card has ${sizeText(cardBytes)}`,
            todo: "take a larger card",
          },
        ]
      : []),
  ];
}

interface OpenFat {
  readonly files?: CardFiles;
  readonly faults: readonly Finding[];
}

async function openFat(handle: FileHandle, first: Partition | undefined): Promise<OpenFat> {
  if (!first || !fatTypes.includes(first.type))
    return {
      faults: [
        {
          says: "its first partition is not FAT, and a Pi's firmware starts from no other",
          todo: buildAgain,
        },
      ],
    };
  try {
    return { files: await fatCardFiles(handle, first), faults: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      faults: [
        { says: lowerFirst(error.message.replace(/\.$/, "")), todo: `${buildAgain} and flash it again` },
      ],
    };
  }
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}
