import { constants } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../shared/user-error.js";
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
