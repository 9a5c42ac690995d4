import { realpath } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { allParts, blockDevices, type BlockDevice } from "../images/block-device.js";
import { candidateLines, describeDevice } from "../images/candidates.js";
import { isBlockDevice, withCard } from "../images/card.js";
import { deviceFaults } from "../images/device-faults.js";
import { flash } from "../images/flash.js";
import { imageBytes, imageFile, type ImageFile } from "../images/image-file.js";
import { sizeText } from "../shared/size-text.js";
import { UserError } from "../shared/user-error.js";
import { shareLine } from "./share-line.js";

interface FlashOptions {
  readonly image: string;
  readonly device: string;
  readonly yes: boolean;
  readonly notACard: boolean;
}

/** Writes an image to a card, or lists what there is to write to. */
export async function flashByHand(words: readonly string[]): Promise<void> {
  const options = flashOptions(words);
  if (!options.device) return listCards();
  if (!options.image) throw new UserError("flash needs the image to write: --image FILE.");
  const image = await imageFile(options.image);
  const device = (await isBlockDevice(options.device)) ? await wholeDisk(options.device) : undefined;
  if (device) await agree(device, image, options);
  const bytes = await withCard(device?.path ?? options.device, (card) => {
    const [onWritten, onVerified] = [shareLine("written"), shareLine("read back")];
    return flash(card, image, device?.bytes, { onWritten, onVerified });
  });
  console.log(
    `${options.device} has the image ${options.image}, ${sizeText(bytes)}, and was read back without a fault.` +
      (device ? " Take the card out; its Pi can boot." : ""),
  );
}

/** @throws UserError for what it does not take */
export function flashOptions(words: readonly string[]): FlashOptions {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        image: { type: "string", default: "" },
        device: { type: "string", default: "" },
        yes: { type: "boolean", default: false },
        "not-a-card": { type: "boolean", default: false },
      },
    });
    return { image: values.image, device: values.device, yes: values.yes, notACard: values["not-a-card"] };
  } catch (cause) {
    throw new UserError(`flash: ${(cause as Error).message}`, { cause });
  }
}

async function listCards(): Promise<void> {
  console.log(candidateLines(await blockDevices()).join("\n"));
  console.log("Nothing was written. Name the card: --device /dev/…");
}

/** The whole disk that a path means; a link such as /dev/disk/by-id/… is followed. */
async function wholeDisk(path: string): Promise<BlockDevice> {
  const real = await realpath(path);
  const devices = await blockDevices();
  const found = devices.find((device) => device.path === real);
  if (found) return found;
  const whole = devices.find((device) => allParts(device).some((part) => part.path === real));
  throw new UserError(
    whole
      ? `${path} is a part of ${whole.path}: an image is written to the whole card, --device ${whole.path}.`
      : `${path} is no disk that lsblk knows. Without --device, flash lists the disks.`,
  );
}

/** Ends when somebody has agreed that all of the device is erased. */
async function agree(device: BlockDevice, image: ImageFile, { yes, notACard }: FlashOptions): Promise<void> {
  const faults = deviceFaults(device, imageBytes(image)).filter(
    (fault) => !(fault.canBeOverruled && notACard),
  );
  if (faults.length > 0) {
    const hint = faults.every((fault) => fault.canBeOverruled)
      ? " If it is right all the same: --not-a-card."
      : "";
    throw new UserError(`Nothing was written: ${faults.map(({ says }) => says).join("; ")}.${hint}`);
  }
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new UserError(
      `Nothing was written: all of ${describeDevice(device)} would be erased. To agree: --yes.`,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await terminal.question(
      `All of ${describeDevice(device)} will be erased.\nType ${device.name} to go on: `,
    );
    if (typed.trim() !== device.name) throw new UserError("Nothing was written.");
  } finally {
    terminal.close();
  }
}
