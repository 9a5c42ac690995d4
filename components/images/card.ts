import { constants } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../shared/user-error.js";
import { isZero } from "./in-blocks.js";
import { readPartitionTable } from "./partition-table.js";
import { platform, type Platform } from "./platform.js";

/** What an image is written to: a card in a reader, or a file that stands for one. */
export interface Card {
  readonly path: string;
  readonly isDevice: boolean;
  readonly handle: FileHandle;
}

/**
 * Opens a card for `use`, for this process alone.
 *
 * A file is made where there is none, readable by its owner alone, because a card has secrets.
 * @throws UserError when it can't be opened
 */
export async function withCard<T>(path: string, use: (card: Card) => Promise<T>): Promise<T> {
  const isDevice = await isBlockDevice(path);
  const claimed = isDevice
    ? await platform.claim(path)
    : { path, flags: constants.O_RDWR | constants.O_CREAT };
  const handle = await open(claimed.path, claimed.flags, 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(openFault(path, cause), { cause });
  });
  try {
    return await use({ path, isDevice, handle });
  } finally {
    await handle.close();
  }
}

/**
 * Whether an image goes to a block device; else it goes to a file, which may not be there yet.
 * @throws UserError for what is neither: a folder, a character device such as macOS's /dev/rdisk4, a mistyped device
 */
export async function isBlockDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new UserError(openFault(path, error), { cause: error });
  });
  if (found?.isBlockDevice()) return true;
  if (found ? !found.isFile() : resolve(path).startsWith("/dev/"))
    throw new UserError(
      found
        ? `${path} is neither a disk of this machine nor a file.`
        : `There is no ${path}: is the card in the reader?`,
    );
  return false;
}

/** A flash that is cut off leaves so many zeros in front. */
const headBytes = 1 << 20;

/**
 * Sees that a file may be overwritten: it is empty, has an image of a card, or has the part of one that a flash left when it
 * was cut off. Nobody is asked for a file, and `--device` may be a slip.
 * @param imagePath the image that will be written to it
 * @throws UserError for any other file, and for the image itself
 */
export async function requireCardFile({ path, handle }: Card, imagePath: string): Promise<void> {
  const [file, image] = await Promise.all([handle.stat(), stat(imagePath)]);
  if (file.dev === image.dev && file.ino === image.ino)
    throw new UserError(`Nothing was written: ${path} is the image itself. Name another file for the card.`);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  const head = buffer.subarray(0, bytesRead);
  if (isZero(head) || readPartitionTable(head).kind === "mbr") return;
  throw new UserError(
    `Nothing was written: ${path} is a file with something else than a card's image. Name another one, or delete it.`,
  );
}

/**
 * Makes a file one that its owner alone can read. Somebody may have made it before, with another mode.
 * @throws UserError where that can't be, as on a disk without modes
 */
export async function hideFile({ path, handle }: Card): Promise<void> {
  if (((await handle.stat()).mode & 0o077) === 0) return;
  await handle.chmod(0o600).catch((cause: Error) => {
    throw new UserError(
      `Nothing was written: others may read ${path}, which would have secrets (${cause.message}). Name a file on another disk.`,
      { cause },
    );
  });
}

/** Makes sure that what was written is on the card, and that the next read comes from there and not from memory. */
export async function settle({ path, isDevice, handle }: Card): Promise<void> {
  await handle.sync().catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(syncFault(path, cause), { cause });
  });
  if (isDevice) await platform.forget(path);
}

/** The kernel writes to a device behind its back, so a fault of it may be told here only. */
function syncFault(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOSPC")
    return `${path} could not be written: it is full, or the disk that the file is on. A card that is full too early is a fake.`;
  return `${path} could not be written: ${message}: the card or its reader fails, or it was pulled out.`;
}

/** Why a card or a file can't be opened, and what to do. */
export function openFault(
  path: string,
  { code, message }: Pick<NodeJS.ErrnoException, "code" | "message">,
  { whyNotPermitted, showUse }: Platform = platform,
): string {
  switch (code) {
    case "EACCES":
    case "EPERM":
      if (code === "EPERM" && whyNotPermitted) return `${path} can't be opened: ${whyNotPermitted}`;
      return `You may not open ${path}: run this as root, with sudo env "PATH=$PATH" …`;
    case "EBUSY":
      return `${path} is in use: something of it is mounted, or another program holds it. ${showUse} ${path} shows what.`;
    case "EROFS":
      return `${path} is read-only: a card has a switch for that, on its side.`;
    case "ENOMEDIUM":
      return `${path} has no card in it.`;
    case undefined:
    default:
      return `${path} can't be opened: ${message}`;
  }
}
