import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline, type Duplex } from "node:stream";
import { createGunzip } from "node:zlib";
import { bmapBeside, type Bmap } from "./bmap.js";
import { filterProcess } from "../shared/filter-process.js";
import { UserError } from "../shared/user-error.js";

/** How a file is compressed, told by its first bytes. */
export type Compression = "none" | "zstd" | "gzip" | "xz";

// RFC 8878, 3.1.1; RFC 1952, 2.3.1; the .xz file format, 2.1.1.1.
const magics: readonly (readonly [Compression, Buffer])[] = [
  ["zstd", Buffer.from("28b52ffd", "hex")],
  ["gzip", Buffer.from("1f8b", "hex")],
  ["xz", Buffer.from("fd377a585a00", "hex")],
];

/** An image in a file, perhaps compressed. */
export interface ImageFile {
  readonly path: string;
  readonly compression: Compression;
  /** The size of the file, not of the image in it when that is compressed. */
  readonly fileBytes: number;
  /** Which parts of the image have to be written; undefined when nothing beside the file says so. */
  readonly bmap?: Bmap | undefined;
}

/** The size of the image in a file, as far as it is known before it is unpacked. */
export function imageBytes({ compression, fileBytes, bmap }: ImageFile): number | undefined {
  return compression === "none" ? fileBytes : bmap?.imageBytes;
}

/** @throws UserError when the file can't be read or is empty, or when the bmap beside it is damaged */
export async function imageFile(path: string): Promise<ImageFile> {
  try {
    const { size, isFile } = await stat(path).then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile) throw new UserError(`${path} is no file: an image is a file such as nixos.img.zst`);
    if (size === 0) throw new UserError(`${path} is empty`);
    const compression = compressionOf(await headOf(path));
    return { path, compression, fileBytes: size, bmap: await bmapBeside(path) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`The image can't be read: ${(error as Error).message}`, { cause: error });
  }
}

/** How something is packed that begins with these bytes. */
export function compressionOf(head: Buffer): Compression {
  return magics.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0] ?? "none";
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Reads the image that is in a file, and unpacks it on the way.
 * @param onRead is told how many bytes of the file have been read
 * @throws UserError when the file is damaged or cut short, or what unpacks it is not there
 */
export async function* readImage(
  { path, compression }: ImageFile,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  file.on("data", () => onRead(file.bytesRead));
  // An error of the file becomes one of the last stream, whose reader gets it.
  const image = compression === "none" ? file : pipeline(file, decompressor(compression), () => undefined);
  try {
    for await (const chunk of image) yield chunk as Buffer;
  } catch (cause) {
    throw new UserError(readFault(path, compression, cause as Failure), { cause });
  }
}

type Failure = Error & { readonly code?: string; readonly stderr?: Uint8Array };

function decompressor(compression: Exclude<Compression, "none">): Duplex {
  if (compression === "gzip") return createGunzip();
  return filterProcess(compression, ["--decompress", "--stdout", "--quiet"]);
}

function readFault(path: string, compression: Compression, { code, stderr, message }: Failure): string {
  if (code === "ENOENT" && compression !== "none")
    return `${path} is packed by ${compression}, and there is no program "${compression}" on PATH. Install it, or unpack the image elsewhere.`;
  const said =
    Buffer.from(stderr ?? [])
      .toString()
      .trim() || message;
  return `${path} can't be read to its end (${said}): it is damaged or was cut short. Get it again.`;
}
