import type { FileHandle } from "node:fs/promises";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import {
  dotSlots,
  freeSlots,
  parseDirectory,
  putSlots,
  removeSlots,
  slotsFor,
  type DirectoryEntry,
} from "./fat-directory.js";
import { FatVolume, type FatPartition } from "./fat-volume.js";
import { fatTypes, readPartitionTable, type Partition } from "./partition-table.js";

/**
 * The partition that a Pi's firmware boots from: the first one of a card.
 * @param firstSector of the card or its image
 * @throws UserError when that is not FAT
 */
export function fatPartition(firstSector: Buffer): Partition {
  const table = readPartitionTable(firstSector);
  const first = table.kind === "mbr" ? table.partitions[0] : undefined;
  if (first && fatTypes.includes(first.type)) return first;
  throw new UserError("It has no FAT partition in front: it is no image of a card for a Pi.");
}

export interface FatFile {
  readonly name: string;
  readonly folder: boolean;
  readonly bytes: number;
}

interface Directory {
  /** The clusters it is in; none for the root of FAT12 and FAT16, which has a place of its own. */
  readonly chain: number[];
  bytes: Buffer;
}

/**
 * The files of a FAT filesystem in an open file or device. Paths have no `/` in front; upper and lower case are the same.
 *
 * Whoever opened the card alone also keeps it alone that way. mtools would have to be installed, and open the card a second
 * time. The library fatfs, below balena-image-fs, leaves what fsck.vfat repairs: it writes one of the two tables, and no
 * count of what is free.
 */
export class FatFiles {
  private constructor(private readonly volume: FatVolume) {}

  /** @throws UserError when there is no FAT filesystem */
  static async open(handle: FileHandle, partition: FatPartition): Promise<FatFiles> {
    return new FatFiles(await FatVolume.open(handle, partition));
  }

  /** What is in a folder; `""` is the root. Undefined when there is none. */
  async list(folder: string): Promise<FatFile[] | undefined> {
    const directory = await this.directory(folder);
    return (
      directory && parseDirectory(directory.bytes).map(({ name, folder, bytes }) => ({ name, folder, bytes }))
    );
  }

  /** Undefined when there is no such file. */
  async read(path: string): Promise<Buffer | undefined> {
    const entry = await this.find(path);
    if (!entry || entry.folder) return undefined;
    const chain = this.volume.chain(entry.firstCluster);
    const bytes = await this.volume.readClusters(chain.slice(0, this.volume.clustersFor(entry.bytes)));
    if (bytes.length < entry.bytes)
      throw new UserError(`${path} on the FAT partition is damaged: it ends too early.`);
    return bytes.subarray(0, entry.bytes);
  }

  /**
   * Writes a file, and the folders that it needs. A file that is there is replaced.
   * @throws UserError when it does not fit; what was there before is there still
   */
  async write(path: string, bytes: Buffer): Promise<void> {
    const { folder, name } = split(path);
    const parent = await this.madeDirectory(folder);
    const former = entryOf(parent, name);
    if (former?.folder) throw new UserError(`${path} is a folder on the FAT partition.`);
    await this.orAsBefore(async () => {
      const chain = this.allocate(bytes.length, path);
      await this.volume.writeClusters(chain, bytes);
      if (former) removeSlots(parent.bytes, former);
      await this.add(parent, name, { folder: false, bytes: bytes.length, firstCluster: chain[0] ?? 0 });
      if (former) await this.release(former);
    });
  }

  /**
   * Deletes a file, and overwrites what it was with zeros. A flash card may still keep the old bytes where nobody reads them
   * but who takes its chip out.
   * @returns false when there was none
   */
  async delete(path: string): Promise<boolean> {
    const { folder, name } = split(path);
    const parent = await this.directory(folder);
    const entry = parent && entryOf(parent, name);
    if (!parent || !entry || entry.folder) return false;
    removeSlots(parent.bytes, entry);
    await this.store(parent);
    await this.release(entry);
    await this.volume.flush();
    return true;
  }

  /** Writes the table of clusters at the end, or forgets what `change` took of it before it failed. */
  private async orAsBefore(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.volume.undo();
      throw error;
    }
    await this.volume.flush();
  }

  private async release({ firstCluster }: DirectoryEntry): Promise<void> {
    const chain = this.volume.chain(firstCluster);
    await this.volume.writeClusters(chain, Buffer.alloc(0));
    this.volume.free(chain);
  }

  private allocate(bytes: number, path: string): number[] {
    const chain = this.volume.allocate(this.volume.clustersFor(bytes));
    if (chain) return chain;
    const free = this.volume.freeClusters * this.volume.clusterBytes;
    throw new UserError(
      `The FAT partition is full: ${path} needs ${sizeText(bytes)}, and ${sizeText(free)} is free. Make the image's first ` +
        "partition larger (sdImage.firmwareSize).",
    );
  }

  private async directory(folder: string): Promise<Directory | undefined> {
    let directory = await this.directoryAt(this.volume.rootCluster);
    for (const name of folder.split("/").filter(Boolean)) {
      const entry = entryOf(directory, name);
      if (!entry?.folder) return undefined;
      directory = await this.directoryAt(entry.firstCluster);
    }
    return directory;
  }

  private async directoryAt(firstCluster: number): Promise<Directory> {
    const area = this.volume.rootArea;
    if (firstCluster === 0 && area)
      return { chain: [], bytes: await this.volume.read(area.position, area.bytes) };
    const chain = this.volume.chain(firstCluster);
    return { chain, bytes: await this.volume.readClusters(chain) };
  }

  private async madeDirectory(path: string): Promise<Directory> {
    const found = await this.directory(path);
    if (found) return found;
    const { folder, name } = split(path);
    const parent = await this.madeDirectory(folder);
    // A folder below the root says 0 for it, wherever the root of FAT32 is.
    const above = parent.chain[0] === this.volume.rootCluster ? 0 : (parent.chain[0] ?? 0);
    await this.orAsBefore(async () => {
      const chain = this.allocate(this.volume.clusterBytes, path);
      await this.volume.writeClusters(chain, dotSlots(chain[0]!, above, new Date()));
      await this.add(parent, name, { folder: true, bytes: 0, firstCluster: chain[0]! });
    });
    return (await this.directory(path))!;
  }

  private async add(
    directory: Directory,
    name: string,
    entry: { readonly folder: boolean; readonly bytes: number; readonly firstCluster: number },
  ): Promise<void> {
    const slots = slotsFor({ name, time: new Date(), ...entry }, directory.bytes);
    const offset = freeSlots(directory.bytes, slots.length) ?? this.grow(directory, name, slots.length);
    putSlots(directory.bytes, slots, offset);
    await this.store(directory);
  }

  /** Makes a directory larger; returns where its free slots are. */
  private grow(directory: Directory, name: string, bytes: number): number {
    const last = directory.chain.at(-1);
    if (last === undefined) throw new UserError(`The FAT partition's root folder has no room for ${name}.`);
    const chain = this.allocate(bytes, name);
    this.volume.link(last, chain[0]!);
    directory.chain.push(...chain);
    directory.bytes = Buffer.concat([directory.bytes, Buffer.alloc(chain.length * this.volume.clusterBytes)]);
    return freeSlots(directory.bytes, bytes)!;
  }

  private async store({ chain, bytes }: Directory): Promise<void> {
    if (chain.length > 0) await this.volume.writeClusters(chain, bytes);
    else await this.volume.write(this.volume.rootArea!.position, bytes);
  }

  private async find(path: string): Promise<DirectoryEntry | undefined> {
    const { folder, name } = split(path);
    const parent = await this.directory(folder);
    return parent && entryOf(parent, name);
  }
}

function entryOf({ bytes }: Directory, name: string): DirectoryEntry | undefined {
  return parseDirectory(bytes).find((entry) => entry.name.toLowerCase() === name.toLowerCase());
}

function split(path: string): { folder: string; name: string } {
  const slash = path.lastIndexOf("/");
  return { folder: slash === -1 ? "" : path.slice(0, slash), name: path.slice(slash + 1) };
}
