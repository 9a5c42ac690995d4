import { shortNameFor, shortNameText } from "./fat-names.js";

/** Microsoft's FAT specification: each entry of a directory has 32 bytes. */
const slotBytes = 32;
const longNameChars = 13;
const [isVolumeLabel, isFolder, isArchive, isLongName] = [0x08, 0x10, 0x20, 0x0f];
const [neverUsed, deleted] = [0x00, 0xe5];

/** A file or a folder as its directory has it. */
export interface DirectoryEntry {
  readonly name: string;
  readonly folder: boolean;
  readonly bytes: number;
  readonly firstCluster: number;
  /** Where its slots are, in bytes: those of its long name, and then its own. */
  readonly offset: number;
  readonly end: number;
}

/** What is in a directory, without `.` and `..`. */
export function parseDirectory(directory: Buffer): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  let long: { name: string; offset: number } | undefined;
  for (let at = 0; at < directory.length && directory[at] !== neverUsed; at += slotBytes) {
    const slot = directory.subarray(at, at + slotBytes);
    const attributes = slot[11]!;
    if (slot[0] === deleted) long = undefined;
    else if ((attributes & 0x3f) === isLongName) {
      const begins: boolean = (slot[0]! & 0x40) !== 0;
      if (begins) long = { name: longNamePart(slot), offset: at };
      else if (long) long = { ...long, name: longNamePart(slot) + long.name };
    } else {
      if (!(attributes & isVolumeLabel) && slot[0] !== 0x2e)
        entries.push({
          name: long?.name ?? shortNameText(slot),
          folder: (attributes & isFolder) !== 0,
          bytes: slot.readUInt32LE(28),
          firstCluster: slot.readUInt16LE(20) * 0x10000 + slot.readUInt16LE(26),
          offset: long?.offset ?? at,
          end: at + slotBytes,
        });
      long = undefined;
    }
  }
  return entries;
}

export interface NewEntry {
  readonly name: string;
  readonly folder: boolean;
  readonly bytes: number;
  readonly firstCluster: number;
  readonly time: Date;
}

/** The slots for a new file: its long name, and its own with a short name that the directory does not have yet. */
export function slotsFor(entry: NewEntry, directory: Buffer): Buffer {
  const shortName = shortNameFor(entry.name, shortNames(directory));
  const own = ownSlot(shortName, entry);
  const checksum = shortName.reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
  const count = Math.ceil(entry.name.length / longNameChars);
  const slots = Array.from({ length: count }, (_, index) => longNameSlot(entry.name, index, count, checksum));
  return Buffer.concat([...slots.reverse(), own]);
}

/** The slots of `.` and `..`, with which each folder but the root begins. */
export function dotSlots(own: number, parent: number, time: Date): Buffer {
  const dot = (name: string, firstCluster: number): Buffer =>
    ownSlot(Buffer.from(name.padEnd(11)), { name, folder: true, bytes: 0, firstCluster, time });
  return Buffer.concat([dot(".", own), dot("..", parent)]);
}

/** Where a directory has this many bytes of free slots in a row; undefined when it has to grow. */
export function freeSlots(directory: Buffer, bytes: number): number | undefined {
  let begin = 0;
  let unused = false;
  for (let at = 0; at < directory.length; at += slotBytes) {
    // Nothing after the first slot that was never used is in use, whatever it holds.
    unused ||= directory[at] === neverUsed;
    if (!unused && directory[at] !== deleted) begin = at + slotBytes;
    else if (at + slotBytes - begin >= bytes) return begin;
  }
  return undefined;
}

/** Puts slots where `freeSlots` found room. */
export function putSlots(directory: Buffer, slots: Buffer, offset: number): void {
  const ended = directory.subarray(offset, offset + slots.length).some((_, at) => {
    return at % slotBytes === 0 && directory[offset + at] === neverUsed;
  });
  slots.copy(directory, offset);
  // What follows was free only because of the mark that is now overwritten.
  if (ended && offset + slots.length < directory.length) directory[offset + slots.length] = neverUsed;
}

/** Takes a file out of its directory. No text of it stays there. */
export function removeSlots(directory: Buffer, { offset, end }: DirectoryEntry): void {
  directory.fill(0, offset, end);
  for (let at = offset; at < end; at += slotBytes) directory[at] = deleted;
}

function shortNames(directory: Buffer): Set<string> {
  const names = new Set<string>();
  for (let at = 0; at < directory.length && directory[at] !== neverUsed; at += slotBytes)
    if (directory[at] !== deleted && (directory[at + 11]! & 0x3f) !== isLongName)
      names.add(directory.toString("latin1", at, at + 11));
  return names;
}

function ownSlot(shortName: Buffer, { folder, bytes, firstCluster, time }: NewEntry): Buffer {
  const slot = Buffer.alloc(slotBytes);
  shortName.copy(slot);
  slot[11] = folder ? isFolder : isArchive;
  const date = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock =
    (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | Math.floor(time.getUTCSeconds() / 2);
  slot.writeUInt16LE(clock, 14);
  for (const at of [16, 18, 24]) slot.writeUInt16LE(date, at);
  slot.writeUInt16LE(clock, 22);
  slot.writeUInt16LE(Math.floor(firstCluster / 0x10000), 20);
  slot.writeUInt16LE(firstCluster % 0x10000, 26);
  slot.writeUInt32LE(bytes, 28);
  return slot;
}

/** Which bytes of a slot have characters of a long name. */
const longNameRanges = [
  [1, 11],
  [14, 26],
  [28, 32],
] as const;

function longNamePart(slot: Buffer): string {
  const text = longNameRanges.map(([from, to]) => slot.toString("utf16le", from, to)).join("");
  const end = text.indexOf("\0");
  return end === -1 ? text : text.slice(0, end);
}

function longNameSlot(name: string, index: number, count: number, checksum: number): Buffer {
  const slot = Buffer.alloc(slotBytes);
  slot[0] = index + 1 + (index === count - 1 ? 0x40 : 0);
  slot[11] = isLongName;
  slot[13] = checksum;
  // A name that does not fill its last slot ends with a zero, and the rest of the slot is ones.
  const text = Buffer.alloc(longNameChars * 2, 0xff);
  const part = name.slice(index * longNameChars, (index + 1) * longNameChars);
  text.write(part.length < longNameChars ? `${part}\0` : part, "utf16le");
  let taken = 0;
  for (const [from, to] of longNameRanges) {
    text.copy(slot, from, taken, taken + to - from);
    taken += to - from;
  }
  return slot;
}
