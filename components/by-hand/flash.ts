import { readFile } from "node:fs/promises";
import { isBlockDevice } from "../images/card.js";
import { checkMarker } from "../images/image-marker.js";
import { packBundle, type FirstBootBundle } from "../images/first-boot-bundle.js";
import { imageFile, type ImageFile } from "../images/image-file.js";
import { piImage } from "../images/pi-image.js";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import { chooseCard, listCards, nameTheCard } from "./choose-card.js";
import { firstBootBundles } from "./first-boot.js";
import { flashOptions, type FlashOptions } from "./flash-options.js";
import { personAtTerminal, type Person } from "./person.js";
import { previewedImages } from "./previewed-images.js";
import { shareLine } from "./share-line.js";
import { writeCard } from "./write-card.js";

/** What goes to one card. */
interface CardContent {
  readonly image: ImageFile;
  /** Undefined for an image as it is. */
  readonly bundle: FirstBootBundle | undefined;
}

/** Writes the cards of some Pis, or an image as it is, or lists what there is to write to. */
export async function flashByHand(words: readonly string[]): Promise<void> {
  const options = flashOptions(words);
  const person = personAtTerminal();
  const { pis, devices, image } = options;
  if (pis.length === 0 && (!image || (devices.length === 0 && !person))) return sayWhatIsMissing(options);
  if (pis.length > 1 && devices.length < pis.length && !person)
    throw new UserError(
      "Nothing was written: cards that are changed in one reader are asked for, which needs a terminal. Give a --device for each Pi, in their order.",
    );
  if (devices.length === 0 && !person) throw new UserError(nameTheCard);
  // A card that is asked for may not be in its reader yet.
  if (devices.length >= pis.length) for (const device of devices) await isBlockDevice(device);
  const contents = await contentsOf(options);
  for (const [index, content] of contents.entries()) {
    if (contents.length > 1 && devices.length < contents.length)
      await person?.ask(cardWanted(content, index));
    await writeOne(content, { ...options, device: devices[index] ?? devices[0] ?? "" }, person);
  }
}

async function sayWhatIsMissing({ devices }: FlashOptions): Promise<void> {
  if (devices.length > 0)
    throw new UserError("flash needs the name of a Pi, whose card is written, or an image: --image FILE.");
  await listCards();
  console.log(nameTheCard);
}

/** All that is to be written, before anybody is asked for a card. */
async function contentsOf({ pis, image, runnerToken }: FlashOptions): Promise<CardContent[]> {
  if (pis.length === 0) return [{ image: await imageFile(image), bundle: undefined }];
  const bundles = await firstBootBundles(pis, await readToken(runnerToken));
  const paths = image ? pis.map(() => image) : await builtImages(pis);
  const contents: CardContent[] = [];
  for (const [index, pi] of pis.entries()) {
    const content = { image: await imageFile(paths[index]!), bundle: bundles.get(pi)! };
    await checkMarker(content.image, content.bundle);
    contents.push(content);
  }
  return contents;
}

/** @throws UserError when the file has no token */
async function readToken(file: string): Promise<string | undefined> {
  if (!file) return undefined;
  const token = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`--runner-token ${file} can't be read: ${cause.message}`, { cause });
  });
  if (/^\S+\s*$/.test(token)) return token.trim();
  throw new UserError(`--runner-token ${file} has to have one token, as GitHub shows it for a new runner.`);
}

async function builtImages(pis: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const order of await previewedImages(pis))
    paths.push((await piImage(order, shareLine(`of the image of ${order.pi} is here`))).path);
  return paths;
}

function cardWanted({ bundle }: CardContent, index: number): string {
  const before = index === 0 ? "" : "Take the card out. ";
  return `${before}Put in the card of ${bundle!.host}, then press Enter: `;
}

async function writeOne(
  { image, bundle }: CardContent,
  { device, yes, notACard }: FlashOptions & { readonly device: string },
  person: Person | undefined,
): Promise<void> {
  const pi = bundle?.host;
  const card = await chooseCard({ device, image, pi, yes, notACard }, person);
  const bytes = await writeCard({ card, image, notACard, bundle: bundle && packBundle(bundle) });
  const size = sizeText(bytes);
  const what = pi
    ? `the image of ${pi}, ${size}, with its first-boot bundle`
    : `the image ${image.path}, ${size}`;
  const gaps = image.bmap ? ` What ${image.bmap.path} maps out was not written.` : "";
  const end = card.device ? ` Take the card out; ${pi ?? "its Pi"} can boot.` : "";
  console.log(`${device || card.path} has ${what}, and was read back without a fault.${gaps}${end}`);
}
