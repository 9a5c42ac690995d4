import { closeSync, ftruncateSync, openSync, readSync } from "node:fs";
import { execa } from "execa";

/** A card that is a loop device on a sparse file. */
export interface LoopCard {
  readonly file: string;
  readonly device: string;
  readonly bytes: number;
  readonly read: (length: number, position?: number) => Buffer;
  readonly isBootable: () => boolean;
  readonly remove: () => Promise<void>;
}

/** Makes a file of this size a card in a reader. */
export async function plugIn(file: string, bytes: number): Promise<LoopCard> {
  const made = openSync(file, "a+");
  ftruncateSync(made, bytes);
  closeSync(made);
  const { stdout: device } = await execa("losetup", ["--find", "--show", "--partscan", file]);
  const read = (length: number, position = 0) => {
    const found = Buffer.alloc(length);
    const card = openSync(device, "r");
    try {
      readSync(card, found, 0, length, position);
    } finally {
      closeSync(card);
    }
    return found;
  };
  return {
    ...{ file, device, bytes, read },
    isBootable: () => read(512).readUInt16LE(510) === 0xaa55,
    remove: async () => void (await execa("losetup", ["--detach", device])),
  };
}

/** Why there are no loop devices here; undefined when there are. */
export async function whyNoLoop(): Promise<string | undefined> {
  const { exitCode, stderr, code } = await execa("losetup", ["--find"], { reject: false });
  return exitCode === 0 ? undefined : `a loop device can't be had: ${stderr || code}`;
}
