import { UserError } from "../shared/user-error.js";
import { checkedByBmap } from "./bmap.js";
import { hideFile, requireCardFile, type Card } from "./card.js";
import { writeBundle } from "./card-bundle.js";
import { cutShort, tableFaults } from "./image-faults.js";
import { readImage, type ImageFile } from "./image-file.js";
import { imageBlocks, readBack, writeBody, writeHead } from "./write-image.js";

export interface FlashProgress {
  /** How much of the work is done, from 0 to 1, and how many bytes of the image that is. */
  readonly onWritten: (share: number, bytes: number) => void;
  readonly onVerified: (share: number, bytes: number) => void;
}

/**
 * Writes an image to a card, reads it back, and only then makes the card bootable.
 * @param capacity of the card in bytes; undefined when it can grow
 * @param bundle what the first boot finds on the FAT partition; undefined for nothing
 * @returns the size of the image
 * @throws UserError, with the card untouched or left as one that does not boot
 */
export async function flash(
  card: Card,
  image: ImageFile,
  capacity: number | undefined,
  { onWritten, onVerified }: FlashProgress,
  bundle?: Buffer,
): Promise<number> {
  let fileBytesRead = 0;
  const { bmap } = image;
  const bytes = readImage(image, (read) => (fileBytesRead = read));
  const blocks = imageBlocks(bmap ? checkedByBmap(bytes, bmap) : bytes);
  try {
    const first = await blocks.next();
    const head: Buffer = first.done ? Buffer.alloc(0) : first.value;
    refuse(image, tableFaults(head));
    if (!card.isDevice) {
      await requireCardFile(card, image.path);
      if (bundle) await hideFile(card);
    }
    // What is read ahead of the card is not written yet.
    const onBlock = (written: number) => onWritten(Math.min(0.999, fileBytesRead / image.fileBytes), written);
    const body = await writeBody(card, blocks, capacity, onBlock, bmap);
    onWritten(1, body.bytes);
    refuse(image, cutShort(head, body.bytes));
    await readBack(card, body, (bytes) => onVerified(bytes / body.bytes, bytes));
    if (bundle) await writeBundle(card, head, bundle);
    await writeHead(card, head);
    return body.bytes;
  } finally {
    // Else what unpacks the image waits for its reader for ever, and this process for it.
    await blocks.return(undefined);
  }
}

function refuse(image: ImageFile, faults: readonly string[]): void {
  if (faults.length > 0) throw new UserError(`${image.path} can't boot a Pi: ${faults.join("; ")}.`);
}
