import { createHash, type Hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../shared/user-error.js";
import { isZero } from "./in-blocks.js";

/** A part of an image, in bytes. */
export interface Range {
  readonly start: number;
  /** The first byte behind it. */
  readonly end: number;
}

interface MappedRange extends Range {
  /** In hexadecimal. */
  readonly checksum: string;
}

/** Which parts of an image have to be written: the format of Yocto's bmaptool, Tizen's before. */
export interface Bmap {
  readonly path: string;
  readonly imageBytes: number;
  /** In their order, apart from each other. */
  readonly ranges: readonly MappedRange[];
  /** As `crypto` calls it, such as `sha256`. */
  readonly checksumType: string;
}

/**
 * Finds the bmap of an image beside it, as bmaptool does: for `a.img.zst` the file `a.img.zst.bmap`, `a.img.bmap` or `a.bmap`.
 * @throws UserError when it is damaged: its own checksum does not fit
 */
export async function bmapBeside(imagePath: string): Promise<Bmap | undefined> {
  for (let base = imagePath; ; base = base.slice(0, -extname(base).length)) {
    const path = `${base}.bmap`;
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw new UserError(`${path} can't be read: ${error.message}`, { cause: error });
    });
    if (text !== undefined) return parseBmap(path, text);
    if (!extname(base)) return undefined;
  }
}

/** @throws UserError for what is no bmap, or a damaged one */
export async function parseBmap(path: string, text: string): Promise<Bmap> {
  const { BlockMap } = await import("blockmap");
  const refused = (why: string, cause?: unknown) =>
    new UserError(
      `${path} is no good map of the image: ${why}. Delete it, and all of the image is written.`,
      { cause },
    );
  let parsed;
  try {
    parsed = BlockMap.parse(text);
  } catch (cause) {
    throw refused((cause as Error).message, cause);
  }
  const { imageSize, blockSize, blocksCount, mappedBlocksCount, checksum, checksumType, ranges } = parsed;
  if (!checksum) throw refused("it has no checksum of its own");
  if (!["sha1", "sha256"].includes(checksumType))
    throw refused(`it has checksums of the type ${checksumType}`);
  const mapped = ranges.map(({ start, end, checksum = "" }) => ({
    start: start * blockSize,
    end: Math.min((end + 1) * blockSize, imageSize),
    checksum,
  }));
  const inOrder = mapped.every(
    ({ start, end }, index) => start < end && start >= (mapped[index - 1]?.end ?? 0),
  );
  const counted = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  if (!inOrder || Math.ceil(imageSize / blockSize) !== blocksCount || counted !== mappedBlocksCount)
    throw refused("its ranges don't fit its counts");
  return { path, imageBytes: imageSize, ranges: mapped, checksumType };
}

/** The parts of `range` that are mapped. */
export function mappedParts({ ranges }: Bmap, range: Range): Range[] {
  return ranges.flatMap(({ start, end }) => {
    const part = { start: Math.max(start, range.start), end: Math.min(end, range.end) };
    return part.start < part.end ? [part] : [];
  });
}

/** How many bytes are mapped. */
export function mappedBytes({ ranges }: Bmap): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

/**
 * Passes an image on, and makes sure that the map is its own: each mapped range has its checksum, and what is mapped out is
 * zero.
 * @throws UserError at the first place that does not fit
 */
export async function* checkedByBmap(image: AsyncIterable<Buffer>, bmap: Bmap): AsyncGenerator<Buffer> {
  const { path, ranges, imageBytes, checksumType } = bmap;
  const differs = (position: number) =>
    new UserError(
      `${path} is not the map of this image: they differ at byte ${position}. Get both again, or delete the map.`,
    );
  let position = 0;
  let next = 0;
  let hash: Hash = createHash(checksumType);
  for await (const chunk of image) {
    let at = 0;
    while (at < chunk.length) {
      const range = ranges[next];
      const here = position + at;
      const isMapped = range !== undefined && range.start <= here;
      const part = chunk.subarray(at, (isMapped ? range.end : (range?.start ?? Infinity)) - position);
      if (isMapped) hash.update(part);
      else if (!isZero(part)) throw differs(here);
      at += part.length;
      if (!isMapped || position + at < range.end) continue;
      if (hash.digest("hex") !== range.checksum) throw differs(range.start);
      hash = createHash(checksumType);
      next++;
    }
    position += chunk.length;
    yield chunk;
  }
  if (position !== imageBytes) throw differs(Math.min(position, imageBytes));
}
