import { createHash } from "node:crypto";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import { settle, type Card } from "./card.js";
import { inBlocks } from "./in-blocks.js";

/** Written last: without its partition table no computer takes the card for a whole one. */
export const headBytes = 1 << 20;
const blockBytes = 4 << 20;
/** A device takes whole sectors only. */
const sectorBytes = 512;

export interface WrittenBody {
  /** The size of the image, its head included. */
  readonly bytes: number;
  /** SHA-256 of each block after the head, in their order. */
  readonly hashes: readonly string[];
}

/** An image as the blocks that it is written in. The first is its head. */
export function imageBlocks(image: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  return inBlocks(image, headBytes, blockBytes, sectorBytes);
}

/**
 * Writes the blocks after the head. From the first moment on the card has no partition table, so a card whose writing was
 * cut off does not boot half an image.
 * @param capacity of the card; undefined when it can grow
 * @throws UserError when the card is too small or fails
 */
export async function writeBody(
  card: Card,
  blocks: AsyncIterable<Buffer>,
  capacity: number | undefined,
  onWritten: (bytes: number) => void,
): Promise<WrittenBody> {
  await eraseTables(card, capacity);
  let position = headBytes;
  const hashes: string[] = [];
  for await (const block of blocks) {
    if (capacity !== undefined && position + block.length > capacity) throw tooSmall(card, capacity);
    await write(card, block, position);
    hashes.push(hashOf(block));
    position += block.length;
    onWritten(position);
  }
  await settle(card);
  return { bytes: position, hashes };
}

/**
 * Ends what `writeBody` began: from now on the card is whole.
 * @throws UserError when the card gives back something else
 */
export async function writeHead(card: Card, head: Buffer): Promise<void> {
  await write(card, head, 0);
  await settle(card);
  const found = Buffer.alloc(head.length);
  await readExactly(card, found, found.length, 0);
  if (!found.equals(head)) throw badCard(card, 0);
}

/**
 * Reads the card again and compares it with what was written.
 * @throws UserError when it differs
 */
export async function readBack(
  card: Card,
  { bytes, hashes }: WrittenBody,
  onRead: (bytes: number) => void,
): Promise<void> {
  const buffer = Buffer.alloc(blockBytes);
  for (let position = headBytes, index = 0; position < bytes; index++) {
    const length = Math.min(blockBytes, bytes - position);
    await readExactly(card, buffer, length, position);
    if (hashOf(buffer.subarray(0, length)) !== hashes[index]) throw badCard(card, position);
    position += length;
    onRead(position);
  }
}

/** Also at the end of the card, where GPT keeps its second table. A card that lies about its size fails there. */
async function eraseTables(card: Card, capacity: number | undefined): Promise<void> {
  if (!card.isDevice) await card.handle.truncate(0);
  const zeros = Buffer.alloc(headBytes);
  await write(card, zeros, 0);
  if (capacity !== undefined && capacity > 2 * headBytes) await write(card, zeros, capacity - headBytes);
  await settle(card);
}

async function write(card: Card, bytes: Buffer, position: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;)
      done += (await card.handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  } catch (cause) {
    throw ioError(card, "written", position, cause as NodeJS.ErrnoException);
  }
}

async function readExactly(card: Card, buffer: Buffer, length: number, position: number): Promise<void> {
  try {
    for (let done = 0; done < length;) {
      const { bytesRead } = await card.handle.read(buffer, done, length - done, position + done);
      if (bytesRead === 0) throw badCard(card, position + done);
      done += bytesRead;
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw ioError(card, "read", position, cause as NodeJS.ErrnoException);
  }
}

function tooSmall({ path }: Card, capacity: number): UserError {
  return new UserError(`${path} is too small: it has ${sizeText(capacity)}, and the image is larger.`);
}

function hashOf(block: Buffer): string {
  return createHash("sha256").update(block).digest("hex");
}

/** The error of a card that does not keep what it is given. */
export function badCard({ path }: Card, position: number): UserError {
  return new UserError(
    `${path} gives back other bytes than were written, at byte ${position}: the card or its reader is worn out, or the ` +
      `card is a fake. Try another one.`,
  );
}

function ioError({ path }: Card, what: string, position: number, cause: NodeJS.ErrnoException): UserError {
  const why =
    cause.code === "ENOSPC"
      ? "it is full, or the disk that the file is on"
      : `${cause.message}: the card or its reader fails, or it was pulled out`;
  return new UserError(`${path} could not be ${what} at byte ${position}: ${why}.`, { cause });
}
