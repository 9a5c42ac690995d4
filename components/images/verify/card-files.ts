import type { FileHandle } from "node:fs/promises";
import { FatFiles } from "../fat.js";
import type { Partition } from "../partition-table.js";

/** The files of one partition, to be read. Paths begin with a slash. */
export interface CardFiles {
  /** Undefined when there is no such file. */
  readonly read: (path: string) => Promise<Buffer | undefined>;
  /** The size of a file in bytes; undefined when there is none, or it is a folder. */
  readonly size: (path: string) => Promise<number | undefined>;
  /** The names in a folder; undefined when there is no such folder. */
  readonly list: (folder: string) => Promise<string[] | undefined>;
}

/**
 * The files of a FAT partition.
 * @throws UserError when there is no FAT on it
 */
export async function fatCardFiles(handle: FileHandle, partition: Partition): Promise<CardFiles> {
  const files = await FatFiles.open(handle, partition);
  const inside = (path: string) => path.replace(/^\/+/, "");
  return {
    read: (path) => files.read(inside(path)),
    size: async (path) => {
      const [, folder = "", name = ""] = /^(.*?)\/?([^/]*)$/.exec(inside(path)) ?? [];
      const found = (await files.list(folder))?.find(
        (file) => file.name.toLowerCase() === name.toLowerCase(),
      );
      return found && !found.folder ? found.bytes : undefined;
    },
    list: async (folder) => (await files.list(inside(folder)))?.map(({ name }) => name),
  };
}
