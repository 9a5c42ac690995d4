import { readFileSync } from "node:fs";

export const fatKinds = ["FAT12", "FAT16", "FAT32"] as const;

/** What mkfs.vfat of dosfstools 4.2 makes: bytes that are not zero, by where they are. */
const blank = JSON.parse(readFileSync(new URL("blank-fat.json", import.meta.url), "utf8")) as Record<
  (typeof fatKinds)[number],
  { readonly bytes: number; readonly written: Record<string, string> }
>;

const start = 2 << 20;

/** The bytes of a card with an MBR and an empty FAT filesystem in its first partition. */
export function cardWithFat(kind: (typeof fatKinds)[number]): Buffer {
  const { bytes, written } = blank[kind];
  const card = Buffer.alloc(start + bytes + (1 << 20));
  for (const [at, text] of Object.entries(written))
    Buffer.from(text, "base64").copy(card, start + Number(at));
  for (const [index, part] of [
    { type: 0x0b, start, bytes },
    { type: 0x83, start: start + bytes, bytes: 1 << 20 },
  ].entries()) {
    const at = 446 + 16 * index;
    card[at + 4] = part.type;
    card.writeUInt32LE(part.start / 512, at + 8);
    card.writeUInt32LE(part.bytes / 512, at + 12);
  }
  card.writeUInt16LE(0xaa55, 510);
  return card;
}

/** The FAT filesystem of such a card. */
export function fatOf(card: Buffer): Buffer {
  return card.subarray(start, card.length - (1 << 20));
}
