import { UserError } from "../shared/user-error.js";
import { settle, type Card } from "./card.js";
import { FatFiles, fatPartition } from "./fat.js";
import { bundlePath } from "./first-boot-bundle.js";
import { badCard, headBytes } from "./write-image.js";

/**
 * Writes a first-boot bundle to a card whose image stands there but for its head, and reads it back.
 * @throws UserError when it does not fit, or the card gives back something else
 */
export async function writeBundle(card: Card, head: Buffer, bundle: Buffer): Promise<void> {
  const partition = fatPartition(head);
  if (partition.start < headBytes)
    throw new UserError(
      "The image's FAT partition begins in its first mebibyte, which is written last: such an image can't get a bundle.",
    );
  await (await FatFiles.open(card.handle, partition)).write(bundlePath, bundle);
  await settle(card);
  const found = await (await FatFiles.open(card.handle, partition)).read(bundlePath);
  if (!found?.equals(bundle)) throw badCard(card, partition.start);
}
