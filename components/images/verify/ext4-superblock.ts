/** What the superblock of an ext2, ext3 or ext4 filesystem says. The kernel's Documentation/filesystems/ext4/super.rst. */
export interface Ext4Superblock {
  readonly label: string;
  /** In lower case with hyphens, as udev shows it. */
  readonly uuid: string;
  readonly bytes: number;
  readonly inodes: number;
  readonly freeInodes: number;
  /** It was unmounted, or never mounted. */
  readonly clean: boolean;
  /** The kernel found damage. */
  readonly hasErrors: boolean;
  /** It was not unmounted: its journal has to be replayed, which the next mount does. */
  readonly needsRecovery: boolean;
}

/** Where the superblock is in its partition, and how long. */
export const superblockPlace = { position: 1024, bytes: 1024 };

const magic = 0xef53;
const state = { clean: 1, errors: 2 };
/** Bits of s_feature_incompat. */
const incompatible = { recover: 0x4, is64Bit: 0x80 };

/** @returns undefined when it is no superblock of ext4 */
export function readExt4Superblock(block: Buffer): Ext4Superblock | undefined {
  if (block.length < superblockPlace.bytes || block.readUInt16LE(0x38) !== magic) return undefined;
  const features = block.readUInt32LE(0x60);
  const highBlocks = features & incompatible.is64Bit ? block.readUInt32LE(0x150) : 0;
  const blocks = block.readUInt32LE(0x4) + highBlocks * 2 ** 32;
  const flags = block.readUInt16LE(0x3a);
  return {
    label: textUntilZero(block.subarray(0x78, 0x88)),
    uuid: block
      .subarray(0x68, 0x78)
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
    bytes: blocks * 1024 * 2 ** block.readUInt32LE(0x18),
    inodes: block.readUInt32LE(0x0),
    freeInodes: block.readUInt32LE(0x10),
    clean: (flags & state.clean) !== 0,
    hasErrors: (flags & state.errors) !== 0,
    needsRecovery: (features & incompatible.recover) !== 0,
  };
}

function textUntilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end === -1 ? bytes.length : end).toString();
}
