import { sizeText } from "../shared/size-text.js";
import { fatTypes, readPartitionTable } from "./partition-table.js";

const linuxType = 0x83;

/** What keeps a Pi from booting an image, as far as its first sector tells. */
export function tableFaults(firstSector: Buffer): string[] {
  const table = readPartitionTable(firstSector);
  if (table.kind === "none") return ["it has no partition table: it is no image of a card"];
  if (table.kind === "gpt")
    return ["it has a GPT, and a card needs an MBR: boot ROMs of older Pis read no other"];
  const has = (types: readonly number[]) => table.partitions.some(({ type }) => types.includes(type));
  return [
    ...(has(fatTypes) ? [] : ["it has no FAT partition for the Pi's firmware"]),
    ...(has([linuxType]) ? [] : ["it has no partition for Linux"]),
  ];
}

/** The partitions of an image that reach beyond its end. */
export function cutShort(firstSector: Buffer, imageBytes: number): string[] {
  const table = readPartitionTable(firstSector);
  if (table.kind !== "mbr") return [];
  return table.partitions.flatMap(({ start, bytes }, index) =>
    start + bytes <= imageBytes
      ? []
      : [
          `its partition ${index + 1} ends at ${sizeText(start + bytes)}, and the image at ${sizeText(imageBytes)}: it was cut short`,
        ],
  );
}
