import type { FileHandle } from "node:fs/promises";
import { UserError } from "../shared/user-error.js";

/** Where a filesystem lies on a card, in bytes. */
export interface FatPartition {
  readonly start: number;
  readonly bytes: number;
}

/** Microsoft's FAT specification, "FAT type determination": the number of clusters alone tells the type. */
const fat12Clusters = 4085;
const fat16Clusters = 65525;

/** More would be no partition for a Pi's firmware. */
const largestTable = 16 << 20;

/** The clusters of a FAT filesystem. What is written to the tables stays in memory until `flush`. */
export class FatVolume {
  readonly clusterBytes: number;
  /** FAT12 and FAT16: where the root directory lies. */
  readonly rootArea: { readonly position: number; readonly bytes: number } | undefined;
  /** FAT32: where the root directory begins; else 0. */
  readonly rootCluster: number;

  private readonly clusters: number;
  private readonly dataPosition: number;
  private readonly tablePositions: readonly number[];
  private readonly infoPosition: number | undefined;
  private readonly sectorBytes: number;
  private table: Buffer;
  private tableOnCard: Buffer;

  private constructor(
    private readonly handle: FileHandle,
    private readonly partition: FatPartition,
    boot: Buffer,
  ) {
    this.sectorBytes = boot.readUInt16LE(11);
    const sectorsPerCluster = boot[13]!;
    const reserved = boot.readUInt16LE(14);
    const copies = boot[16]!;
    const rootEntries = boot.readUInt16LE(17);
    const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
    const tableSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36);
    const plausible =
      boot.readUInt16LE(510) === 0xaa55 &&
      [512, 1024, 2048, 4096].includes(this.sectorBytes) &&
      [1, 2, 4, 8, 16, 32, 64, 128].includes(sectorsPerCluster) &&
      [reserved, copies, tableSectors].every((count) => count > 0);
    if (!plausible) throw new UserError("The first partition has no FAT filesystem.");
    if (sectors * this.sectorBytes > partition.bytes)
      throw new UserError("The FAT filesystem is larger than its partition: the image is damaged.");

    this.clusterBytes = sectorsPerCluster * this.sectorBytes;
    const rootSectors = Math.ceil((rootEntries * 32) / this.sectorBytes);
    const rootSector = reserved + copies * tableSectors;
    this.dataPosition = (rootSector + rootSectors) * this.sectorBytes;
    this.clusters = Math.floor((sectors - rootSector - rootSectors) / sectorsPerCluster);
    const isFat32 = this.clusters >= fat16Clusters;
    this.rootArea = isFat32
      ? undefined
      : { position: rootSector * this.sectorBytes, bytes: rootSectors * this.sectorBytes };
    this.rootCluster = isFat32 ? boot.readUInt32LE(44) : 0;
    const infoSector = isFat32 ? boot.readUInt16LE(48) : 0;
    this.infoPosition = infoSector > 0 && infoSector < reserved ? infoSector * this.sectorBytes : undefined;
    // FAT32 can name one table as the only one in use.
    const flags = isFat32 ? boot.readUInt16LE(40) : 0;
    const used = flags & 0x80 ? [flags & 0x0f] : Array.from({ length: copies }, (_, index) => index);
    this.tablePositions = used.map((copy) => (reserved + copy * tableSectors) * this.sectorBytes);
    this.table = Buffer.alloc(tableSectors * this.sectorBytes);
    this.tableOnCard = this.table;
    if (this.table.length > largestTable || this.table.length * 8 < (this.clusters + 2) * this.entryBits)
      throw damaged();
  }

  /** @throws UserError when there is no FAT filesystem in the partition */
  static async open(handle: FileHandle, partition: FatPartition): Promise<FatVolume> {
    const boot = Buffer.alloc(512);
    const { bytesRead } = await handle.read(boot, 0, boot.length, partition.start).catch(failing("read"));
    if (bytesRead < boot.length) throw new UserError("The first partition ends before its FAT filesystem.");
    const volume = new FatVolume(handle, partition, boot);
    volume.table = await volume.read(volume.tablePositions[0]!, volume.table.length);
    volume.tableOnCard = Buffer.from(volume.table);
    return volume;
  }

  /** Reads from the filesystem, whole sectors. */
  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const at = this.partition.start + position + done;
      const { bytesRead } = await this.handle.read(bytes, done, length - done, at).catch(failing("read"));
      if (bytesRead === 0) throw new UserError("The FAT filesystem is cut off: the image is damaged.");
      done += bytesRead;
    }
    return bytes;
  }

  async write(position: number, bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const at = this.partition.start + position + done;
      const left = bytes.length - done;
      done += (await this.handle.write(bytes, done, left, at).catch(failing("written"))).bytesWritten;
    }
  }

  async readClusters(chain: readonly number[]): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (const cluster of chain) parts.push(await this.read(this.positionOf(cluster), this.clusterBytes));
    return Buffer.concat(parts);
  }

  /** The end of the last cluster is filled up with zeros. */
  async writeClusters(chain: readonly number[], bytes: Buffer): Promise<void> {
    for (const [index, cluster] of chain.entries()) {
      const block = Buffer.alloc(this.clusterBytes);
      bytes.subarray(index * this.clusterBytes, (index + 1) * this.clusterBytes).copy(block);
      await this.write(this.positionOf(cluster), block);
    }
  }

  /** The clusters of a file or a directory; none for an empty file, which begins at 0. */
  chain(first: number): number[] {
    const found: number[] = [];
    for (let cluster = first; first !== 0 && cluster < this.endMark - 7; cluster = this.entry(cluster)) {
      if (cluster < 2 || cluster >= this.clusters + 2 || found.length > this.clusters) throw damaged();
      found.push(cluster);
    }
    return found;
  }

  get freeClusters(): number {
    return this.findFree(Infinity).length;
  }

  clustersFor(bytes: number): number {
    return Math.ceil(bytes / this.clusterBytes);
  }

  /** Takes free clusters as a new chain; undefined when there are too few. */
  allocate(count: number): number[] | undefined {
    const found = this.findFree(count);
    if (found.length < count) return undefined;
    for (const [index, cluster] of found.entries()) this.setEntry(cluster, found[index + 1] ?? this.endMark);
    return found;
  }

  /** Puts a chain at the end of another. */
  link(last: number, next: number): void {
    this.setEntry(last, next);
  }

  free(chain: readonly number[]): void {
    for (const cluster of chain) this.setEntry(cluster, 0);
  }

  /** Writes what was changed in the table to each copy of it, and FAT32's count of what is free. */
  async flush(): Promise<void> {
    for (let at = 0; at < this.table.length; at += this.sectorBytes) {
      const sector = this.table.subarray(at, at + this.sectorBytes);
      if (sector.equals(this.tableOnCard.subarray(at, at + this.sectorBytes))) continue;
      for (const position of this.tablePositions) await this.write(position + at, sector);
    }
    this.tableOnCard = Buffer.from(this.table);
    if (this.infoPosition === undefined) return;
    const info = await this.read(this.infoPosition, this.sectorBytes);
    if (info.readUInt32LE(0) !== 0x41615252 || info.readUInt32LE(484) !== 0x61417272) return;
    info.writeUInt32LE(this.freeClusters, 488);
    await this.write(this.infoPosition, info);
  }

  /** Forgets what was changed since the last `flush`. */
  undo(): void {
    this.table = Buffer.from(this.tableOnCard);
  }

  private get entryBits(): 12 | 16 | 32 {
    if (this.clusters < fat12Clusters) return 12;
    return this.clusters < fat16Clusters ? 16 : 32;
  }

  /** The last cluster of a chain. The seven values below it say the same. */
  private get endMark(): number {
    return { 12: 0xfff, 16: 0xffff, 32: 0x0fffffff }[this.entryBits];
  }

  private positionOf(cluster: number): number {
    return this.dataPosition + (cluster - 2) * this.clusterBytes;
  }

  private findFree(count: number): number[] {
    const found: number[] = [];
    for (let cluster = 2; cluster < this.clusters + 2 && found.length < count; cluster++)
      if (this.entry(cluster) === 0) found.push(cluster);
    return found;
  }

  private entry(cluster: number): number {
    switch (this.entryBits) {
      case 12: {
        const pair = this.table.readUInt16LE(cluster + (cluster >> 1));
        return cluster & 1 ? pair >> 4 : pair & 0xfff;
      }
      case 16:
        return this.table.readUInt16LE(cluster * 2);
      case 32:
        return this.table.readUInt32LE(cluster * 4) & 0x0fffffff;
    }
  }

  private setEntry(cluster: number, value: number): void {
    switch (this.entryBits) {
      case 12: {
        const at = cluster + (cluster >> 1);
        const pair = this.table.readUInt16LE(at);
        const changed = cluster & 1 ? (pair & 0xf) | (value << 4) : (pair & 0xf000) | value;
        this.table.writeUInt16LE(changed, at);
        return;
      }
      case 16:
        this.table.writeUInt16LE(value, cluster * 2);
        return;
      case 32: {
        // The highest four bits belong to nobody and are kept.
        const kept = this.table.readUInt32LE(cluster * 4) & 0xf0000000;
        this.table.writeUInt32LE((kept | value) >>> 0, cluster * 4);
      }
    }
  }
}

function damaged(): UserError {
  return new UserError("The FAT filesystem is damaged: its table of clusters makes no sense.");
}

function failing(what: string): (cause: Error) => never {
  return (cause) => {
    const why = `${cause.message}: the card or its reader fails, or it was pulled out`;
    throw new UserError(`The FAT partition could not be ${what}: ${why}.`, { cause });
  };
}
