import { resolve } from "node:path";
import { z } from "zod";
import { withCard } from "../images/card.js";
import { requireSame } from "../images/block-device.js";
import { flash } from "../images/flash.js";
import { imageFile, type ImageFile } from "../images/image-file.js";
import { parseJson } from "../shared/parse-json.js";
import { UserError } from "../shared/user-error.js";
import { asRoot, may } from "./as-root.js";
import { refuseDevice, wholeDisk, type ChosenCard } from "./choose-card.js";
import { shareLine } from "./share-line.js";

export interface CardOrder {
  readonly card: ChosenCard;
  readonly image: ImageFile;
  /** Secret. Undefined for an image as it is. */
  readonly bundle: Buffer | undefined;
  readonly notACard: boolean;
}

const order = z.object({
  path: z.string(),
  /** What somebody has agreed to erase. */
  agreed: z.object({ bytes: z.number(), model: z.string(), sequence: z.string() }),
  /** The path of the image's file. */
  image: z.string(),
  /** In base64. */
  bundle: z.string().nullable(),
  notACard: z.boolean(),
});

const written = z.object({ bytes: z.number() });

/**
 * Writes a card, as root where only root may.
 * @returns the size of the image
 */
export async function writeCard(wanted: CardOrder): Promise<number> {
  const { card, image, bundle } = wanted;
  if (card.device && !(await may("write", card.path))) return writeAsRoot(wanted, card.device);
  const [onWritten, onVerified] = [shareLine("written"), shareLine("read back")];
  return withCard(card.path, async (opened) => {
    if (card.device) requireSame(card.device, await wholeDisk(card.path));
    return flash(opened, image, card.device?.bytes, { onWritten, onVerified }, bundle);
  });
}

/** What root's process does: it reads the order on stdin, and prints how it went. */
export async function writeCardAsRoot(stdin: string): Promise<void> {
  const wanted = parseJson(order, stdin, "the order to write a card");
  const { path, agreed, bundle, notACard } = wanted;
  const [image, device] = [await imageFile(wanted.image), await wholeDisk(path)];
  requireSame(agreed, device);
  refuseDevice(device, image, notACard);
  const card = { path, device };
  const secret = bundle === null ? undefined : Buffer.from(bundle, "base64");
  console.log(JSON.stringify({ bytes: await writeCard({ card, image, bundle: secret, notACard }) }));
}

/** Only the writing is root's. */
async function writeAsRoot(
  { card, image, bundle, notACard }: CardOrder,
  { bytes, model, sequence }: NonNullable<ChosenCard["device"]>,
): Promise<number> {
  const { exitCode, stdout } = await asRoot(
    "flash",
    card.path,
    {
      ...{ path: card.path, agreed: { bytes, model, sequence }, image: resolve(image.path), notACard },
      bundle: bundle?.toString("base64") ?? null,
    } satisfies z.input<typeof order>,
    "pipe",
  );
  if (exitCode !== 0) throw new UserError(`${card.path} was not written to its end: see above.`);
  return parseJson(written, stdout, "what root's part of flash said").bytes;
}
