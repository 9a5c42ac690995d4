import { UserError } from "../shared/user-error.js";

/** POSIX.1-1988 (ustar): everything comes in blocks, and two of zeros end it. */
const blockBytes = 512;

/** A tar of plain files, owned by root and for root alone to read. */
export function packTar(files: readonly { readonly name: string; readonly content: Buffer }[]): Buffer {
  const parts = files.flatMap(({ name, content }) => [
    header(name, content.length),
    content,
    Buffer.alloc(-content.length & (blockBytes - 1)),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

/**
 * Reads what `packTar` made.
 * @throws UserError for a tar that is damaged, cut short, or of another kind
 */
export function unpackTar(bytes: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  for (;;) {
    const block = bytes.subarray(at, at + blockBytes);
    if (block.length < blockBytes) throw new UserError("the tar is cut short");
    if (block.every((byte) => byte === 0)) return files;
    const size = parseInt(textAt(block, 124, 12), 8);
    const isFile = block[156] === 0x30 || block[156] === 0;
    if (checksum(block) !== parseInt(textAt(block, 148, 8), 8) || !(size >= 0) || !isFile)
      throw new UserError("the tar is damaged");
    const begin = at + blockBytes;
    files.set(textAt(block, 0, 100), bytes.subarray(begin, begin + size));
    at = begin + Math.ceil(size / blockBytes) * blockBytes;
  }
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  if (Buffer.byteLength(name) > 99) throw new Error(`too long a name for a tar: ${name}`);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name);
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write("0", 156);
  block.write("ustar\x0000", 257);
  block.write(`${octal(checksum(block), 6)} `, 148);
  return block;
}

/** The sum of a header's bytes, where those of the sum itself count as spaces. */
function checksum(block: Buffer): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function textAt(block: Buffer, at: number, length: number): string {
  return block.toString("utf8", at, at + length).replace(/[\0 ].*$/s, "");
}
