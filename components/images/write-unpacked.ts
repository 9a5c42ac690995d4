import type { FileHandle } from "node:fs/promises";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import { isZero } from "./in-blocks.js";

/**
 * Writes a part of an image that is unpacked into a temporary file, where zeros need no room.
 * @throws UserError when the disk is full
 */
export async function writeUnpacked(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  if (isZero(bytes)) return;
  try {
    for (let done = 0; done < bytes.length;)
      done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOSPC") throw cause;
    throw new UserError(
      `The image can't be unpacked to look into it: the disk is full after ${sizeText(position)}. TMPDIR names a folder on another one.`,
      { cause },
    );
  }
}
