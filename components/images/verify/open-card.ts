import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { withTemporaryFolder } from "../../shared/temporary-folder.js";
import { UserError } from "../../shared/user-error.js";
import { openFault } from "../card.js";
import { readImage, type ImageFile } from "../image-file.js";
import { writeUnpacked } from "../write-unpacked.js";

/** An image or a card that can be read at any place. */
export interface OpenCard {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/**
 * Opens an image's file for `use`. A packed one is unpacked into a temporary file, where runs of zeros need no room.
 * @param onUnpacked is told how much of the packed file has been read, from 0 to 1
 * @throws UserError when it can't be unpacked
 */
export async function withOpenImage<T>(
  image: ImageFile,
  onUnpacked: (share: number, bytes: number) => void,
  use: (card: OpenCard) => Promise<T>,
): Promise<T> {
  if (image.compression === "none")
    return withHandle(image.path, (handle) => use({ handle, bytes: image.fileBytes }));
  return withTemporaryFolder("pi-fleet-verify-", async (dir) => {
    const path = join(dir, "image");
    const handle = await open(path, "w+", 0o600);
    try {
      return await use({ handle, bytes: await unpack(image, handle, onUnpacked) });
    } finally {
      await handle.close();
    }
  });
}

/** Opens a device, only to read. */
export function withOpenDevice<T>(
  path: string,
  bytes: number,
  use: (card: OpenCard) => Promise<T>,
): Promise<T> {
  return withHandle(path, (handle) => use({ handle, bytes }));
}

async function withHandle<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(openFault(path, cause), { cause });
  });
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

async function unpack(
  image: ImageFile,
  handle: FileHandle,
  onUnpacked: (share: number, bytes: number) => void,
): Promise<number> {
  let read = 0;
  let bytes = 0;
  for await (const chunk of readImage(image, (fileBytes) => (read = fileBytes))) {
    await writeUnpacked(handle, chunk, bytes);
    bytes += chunk.length;
    onUnpacked(Math.min(0.999, read / image.fileBytes), bytes);
  }
  await handle.truncate(bytes);
  onUnpacked(1, bytes);
  return bytes;
}
