import { createRequire } from "node:module";
import type { FileHandle } from "node:fs/promises";
import type { Partition } from "../partition-table.js";
import type { CardFiles } from "./card-files.js";

/**
 * The files of an ext4 partition, for as long as `use` runs. Symbolic links are followed within it.
 *
 * The library is libext2fs itself, compiled to WebAssembly: no mount, no root, and the same on macOS, which has neither
 * debugfs nor a driver for ext4.
 * @throws when libext2fs can't read the filesystem
 */
export function withExt4Files<T>(
  handle: FileHandle,
  { start }: Partition,
  use: (files: CardFiles) => Promise<T>,
): Promise<T> {
  const ext2fs = createRequire(import.meta.url)("ext2fs") as Ext2fs;
  return ext2fs.withMountedDisk(onlyRead(handle), start, ({ promises: fs }) =>
    use({
      read: (path) =>
        unlessMissing(async () => {
          if (!(await fs.stat(path)).isFile()) return undefined;
          // What it reads is text at its end: this encoding is the bytes as they are.
          return Buffer.from(await fs.readFile(path, "latin1"), "latin1");
        }),
      size: (path) =>
        unlessMissing(async () => {
          const found = await fs.stat(path);
          return found.isFile() ? found.size : undefined;
        }),
      list: (folder) => unlessMissing(() => fs.readdir(folder)),
    }),
  );
}

/** The package has no types. This is what is used of it. */
interface Ext2fs {
  readonly withMountedDisk: <T>(disk: Disk, offset: number, use: (fs: ExtFs) => Promise<T>) => Promise<T>;
}

interface ExtFs {
  readonly promises: {
    readonly stat: (path: string) => Promise<{ readonly size: number; isFile(): boolean }>;
    readonly readFile: (path: string, encoding: "latin1") => Promise<string>;
    readonly readdir: (path: string) => Promise<string[]>;
  };
}

type Move = (
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
) => Promise<{ readonly buffer: Buffer }>;

interface Disk {
  readonly read: Move;
  readonly write: Move;
  readonly discard: () => Promise<void>;
  readonly flush: () => Promise<void>;
}

/** libext2fs notes when a file was read. That goes nowhere: the card stays as it is. */
function onlyRead(handle: FileHandle): Disk {
  return {
    read: async (buffer, offset, length, position) => {
      const { bytesRead } = await handle.read(buffer, offset, length, position);
      buffer.fill(0, offset + bytesRead, offset + length);
      return { bytesRead: length, buffer };
    },
    write: (buffer, _offset, length) => Promise.resolve({ bytesWritten: length, buffer }),
    discard: () => Promise.resolve(),
    flush: () => Promise.resolve(),
  };
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    // libext2fs has no number of the system's for "not a directory".
    if (["ENOENT", "ENOTDIR", "UNKNOWN"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return undefined;
    throw error;
  }
}
