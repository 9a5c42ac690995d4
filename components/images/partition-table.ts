/** One of the four entries of an MBR. */
export interface Partition {
  readonly type: number;
  readonly bootable: boolean;
  /** Where it starts, in bytes. */
  readonly start: number;
  readonly bytes: number;
}

export type PartitionTable =
  | { readonly kind: "mbr"; readonly partitions: readonly Partition[] }
  | { readonly kind: "gpt" }
  | { readonly kind: "none" };

/** Partition types that a Pi's firmware reads as FAT. */
export const fatTypes = [0x01, 0x04, 0x06, 0x0b, 0x0c, 0x0e];

const sector = 512;
/** UEFI Specification, 5.2.3: the type of the one partition of a protective MBR. */
const protective = 0xee;

/** Reads the first sector of a disk. UEFI Specification, 5.2.1: LEGACY MBR. */
export function readPartitionTable(firstSector: Buffer): PartitionTable {
  if (firstSector.length < sector || firstSector.readUInt16LE(510) !== 0xaa55) return { kind: "none" };
  const partitions = [0, 1, 2, 3].flatMap((index) => {
    const at = 446 + 16 * index;
    const type = firstSector[at + 4]!;
    if (type === 0) return [];
    const [start, bytes] = [
      firstSector.readUInt32LE(at + 8) * sector,
      firstSector.readUInt32LE(at + 12) * sector,
    ];
    return [{ type, bootable: firstSector[at] === 0x80, start, bytes }];
  });
  if (partitions.some(({ type }) => type === protective)) return { kind: "gpt" };
  return partitions.length > 0 ? { kind: "mbr", partitions } : { kind: "none" };
}
