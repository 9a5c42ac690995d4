import { randomBytes } from "node:crypto";

const mebibyte = 1 << 20;

/** The bytes of a small image of a card: an MBR, a FAT partition and one for Linux, with noise in both. */
export function smallImage({ mebibytes = 12, types = [0x0b, 0x83] } = {}): Buffer {
  const image = Buffer.alloc(mebibytes * mebibyte);
  const noise = randomBytes(mebibyte / 4);
  for (let at = 2 * mebibyte; at < image.length; at += mebibyte) noise.copy(image, at);
  const half = (mebibytes / 2) * mebibyte;
  const parts = [
    { start: 2 * mebibyte, bytes: half - 2 * mebibyte },
    { start: half, bytes: half },
  ];
  for (const [index, { start, bytes }] of parts.entries()) {
    const at = 446 + 16 * index;
    image[at] = index === 1 ? 0x80 : 0;
    image[at + 4] = types[index] ?? 0;
    image.writeUInt32LE(start / 512, at + 8);
    image.writeUInt32LE(bytes / 512, at + 12);
  }
  image.writeUInt16LE(0xaa55, 510);
  return image;
}
