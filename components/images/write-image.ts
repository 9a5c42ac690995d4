import { createHash } from "node:crypto";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import { mappedParts, type Bmap } from "./bmap.js";
import { settle, type Card } from "./card.js";
import { inBlocks, notZero } from "./in-blocks.js";

/** Written last: without its partition table no computer takes the card for a whole one. */
export const headBytes = 1 << 20;
const blockBytes = 4 << 20;
/** A device takes whole sectors only. */
const sectorBytes = 512;

export interface WrittenBody {
  /** The size of the image, its head included. */
  readonly bytes: number;
  /** What was written after the head, in its order. */
  readonly parts: readonly WrittenPart[];
}

interface WrittenPart {
  readonly position: number;
  readonly bytes: number;
  /** SHA-256 */
  readonly hash: string;
}

/** An image as the blocks that it is written in. The first is its head. */
export function imageBlocks(image: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  return inBlocks(image, headBytes, blockBytes, sectorBytes);
}

/**
 * Writes the blocks after the head. From the first moment on the card has no partition table, so a card whose writing was
 * cut off does not boot half an image.
 *
 * What the map leaves out is not written, and a device keeps there what it had. Zeros are written to a device, because they
 * have to be read there. In a file they are holes.
 * @param capacity of the card; undefined when it can grow
 * @throws UserError when the card is too small or fails
 */
export async function writeBody(
  card: Card,
  blocks: AsyncIterable<Buffer>,
  capacity: number | undefined,
  onWritten: (bytes: number) => void,
  bmap?: Bmap,
): Promise<WrittenBody> {
  if (bmap && capacity !== undefined && bmap.imageBytes > capacity) throw tooSmall(card, capacity);
  await eraseTables(card, capacity);
  let position = headBytes;
  const parts: WrittenPart[] = [];
  for await (const block of blocks) {
    const end = position + block.length;
    if (capacity !== undefined && end > capacity) throw tooSmall(card, capacity);
    for (const part of bmap ? mappedParts(bmap, { start: position, end }) : [{ start: position, end }]) {
      const bytes = block.subarray(part.start - position, wholeSectors(part.end) - position);
      for (const at of card.isDevice ? [{ start: 0, end: bytes.length }] : notZero(bytes))
        await write(card, bytes.subarray(at.start, at.end), part.start + at.start);
      parts.push({ position: part.start, bytes: bytes.length, hash: hashOf(bytes) });
    }
    position = end;
    onWritten(position);
  }
  if (!card.isDevice) await card.handle.truncate(position);
  await settle(card);
  return { bytes: position, parts };
}

/** Where the sector of the last byte ends. */
function wholeSectors(end: number): number {
  return Math.ceil(end / sectorBytes) * sectorBytes;
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
 * Reads again what was written, and compares it.
 * @throws UserError when it differs
 */
export async function readBack(
  card: Card,
  { parts }: WrittenBody,
  onRead: (bytes: number) => void,
): Promise<void> {
  const buffer = Buffer.alloc(blockBytes);
  for (const { position, bytes, hash } of parts) {
    await readExactly(card, buffer, bytes, position);
    if (hashOf(buffer.subarray(0, bytes)) !== hash) throw badCard(card, position);
    onRead(position + bytes);
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
