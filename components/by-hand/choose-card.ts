import { realpath } from "node:fs/promises";
import { allParts, type BlockDevice } from "../images/block-device.js";
import { candidateLines, describeDevice } from "../images/candidates.js";
import { isBlockDevice } from "../images/card.js";
import { deviceFaults } from "../images/device-faults.js";
import { imageBytes, type ImageFile } from "../images/image-file.js";
import { UserError } from "../shared/user-error.js";
import { blockDevices } from "../images/platform.js";
import type { Person } from "./person.js";

/** What an image is written to: a disk of this machine, or a file. */
export interface ChosenCard {
  readonly path: string;
  readonly device: BlockDevice | undefined;
}

export interface CardChoice {
  /** Empty to be asked. */
  readonly device: string;
  readonly image: ImageFile;
  /** Whose card it will be; undefined for an image as it is. */
  readonly pi: string | undefined;
  readonly yes: boolean;
  readonly notACard: boolean;
}

/**
 * Finds out which card is meant, and ends when somebody has agreed that all of it is erased.
 * @throws UserError when nothing is to be written
 */
export async function chooseCard(choice: CardChoice, person: Person | undefined): Promise<ChosenCard> {
  const path = choice.device || (await askForCard(choice, person));
  const device = (await isBlockDevice(path)) ? await wholeDisk(path) : undefined;
  if (device) await agree(device, choice, person);
  return { path: device?.path ?? path, device };
}

export const nameTheCard = "Nothing was written. Name the card: --device /dev/…";

export async function listCards(): Promise<void> {
  console.log(candidateLines(await blockDevices()).join("\n"));
}

async function askForCard({ pi }: CardChoice, person: Person | undefined): Promise<string> {
  if (!person) throw new UserError(nameTheCard);
  await listCards();
  const answer = await person.ask(`Which of them is the card${pi ? ` of ${pi}` : ""}? `);
  if (!answer) throw new UserError("Nothing was written.");
  return answer.includes("/") ? answer : `/dev/${answer}`;
}

/**
 * The whole disk that a path means, as it is now; a link such as /dev/disk/by-id/… is followed.
 * @throws UserError when it is a part of a disk, or none
 */
export async function wholeDisk(path: string): Promise<BlockDevice> {
  if (!(await isBlockDevice(path)))
    throw new UserError(`${path} is no disk of this machine. Without --device, flash lists the disks.`);
  const real = await realpath(path);
  const devices = await blockDevices();
  const found = devices.find((device) => device.path === real);
  if (found) return found;
  const whole = devices.find((device) => allParts(device).some((part) => part.path === real));
  throw new UserError(
    whole
      ? `${path} is a part of ${whole.path}: an image is written to the whole card, --device ${whole.path}.`
      : `${path} has no card in it, or is no disk. Without --device, flash lists the disks.`,
  );
}

/**
 * Refuses a device that may not be written.
 * @throws UserError with each reason, and with the override where there is one
 */
export function refuseDevice(device: BlockDevice, image: ImageFile, notACard: boolean): void {
  const faults = deviceFaults(device, imageBytes(image)).filter(
    (fault) => !(fault.canBeOverruled && notACard),
  );
  if (faults.length === 0) return;
  const hint = faults.every((fault) => fault.canBeOverruled)
    ? " If it is right all the same: --not-a-card."
    : "";
  throw new UserError(`Nothing was written: ${faults.map(({ says }) => says).join("; ")}.${hint}`);
}

async function agree(
  device: BlockDevice,
  { image, yes, notACard }: CardChoice,
  person: Person | undefined,
): Promise<void> {
  refuseDevice(device, image, notACard);
  if (yes) return;
  if (!person)
    throw new UserError(
      `Nothing was written: all of ${describeDevice(device)} would be erased. To agree: --yes.`,
    );
  const typed = await person.ask(
    `All of ${describeDevice(device)} will be erased.\nType ${device.name} to go on: `,
  );
  if (typed !== device.name) throw new UserError("Nothing was written.");
}
