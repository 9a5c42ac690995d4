import type { Board } from "../../config/boards.js";

/** The boards with LEDs and firmware of a Raspberry Pi. */
export type RaspberryPi = Exclude<Board, "virtual" | "x86_64">;

export function isRaspberryPi(board: Board): board is RaspberryPi {
  return board !== "virtual" && board !== "x86_64";
}

interface LedCode {
  readonly long: number;
  readonly short: number;
  readonly says: string;
  /** Of which boards alone. @default all */
  readonly boards?: readonly RaspberryPi[];
}

const withEeprom: readonly RaspberryPi[] = ["pi4", "pi5"];

/** The codes of the green LED: raspberrypi/documentation, configuration/led_blink_warnings.adoc. */
const codes: readonly LedCode[] = [
  { long: 0, short: 3, says: "nothing to boot from: the card is missing, loose, unreadable or not written" },
  {
    ...{ long: 0, short: 4, boards: ["pi2", "pi3", "zero2w"] },
    says: "start.elf is missing on the card's first partition: write the card again",
  },
  {
    ...{ long: 0, short: 4, boards: ["pi4"] },
    says: "start4.elf is missing on the card's first partition: write the card again",
  },
  {
    long: 0,
    short: 7,
    says: "the kernel that config.txt names (here U-Boot) is missing: write the card again",
  },
  { long: 0, short: 8, says: "its memory (SDRAM) fails: the board is broken, or the firmware older than it" },
  { long: 0, short: 9, says: "too little memory for this firmware: the image is for another board" },
  { long: 0, short: 10, says: "it was shut down: take its power away and give it back" },
  { long: 1, short: 2, boards: withEeprom, says: "the card takes too much current: try another card" },
  {
    long: 2,
    short: 1,
    says: "the first partition is no FAT: another image, or the card is partitioned as GPT",
  },
  {
    long: 2,
    short: 2,
    says: "the first partition can't be read: the card is worn, or was taken out too early",
  },
  {
    long: 2,
    short: 3,
    says: "an extended partition is no FAT: this image has none, so the card has another one",
  },
  {
    long: 2,
    short: 4,
    boards: withEeprom,
    says: "a file's signature is wrong: the card is damaged, write it again",
  },
  {
    ...{ long: 3, short: 1, boards: withEeprom },
    says: "the EEPROM is damaged: write the bootloader of Raspberry Pi Imager to a card and boot that once",
  },
  { long: 3, short: 2, boards: withEeprom, says: "the EEPROM is write-protected and was to be updated" },
  { long: 3, short: 3, boards: withEeprom, says: "an I2C error: take off HATs and try again" },
  { long: 3, short: 4, boards: withEeprom, says: "secure boot is configured wrong" },
  { long: 4, short: 3, boards: ["pi5"], says: "the RP1 chip is not found: the board is broken" },
  {
    long: 4,
    short: 4,
    says: "the firmware does not know this board: the image's firmware is older than the board",
  },
  { long: 4, short: 5, says: "a fatal error of the firmware: update it" },
  { long: 4, short: 6, says: "a power failure (type A): try another power supply and cable" },
  { long: 4, short: 7, says: "a power failure (type B): try another power supply and cable" },
];

/** What the LEDs look like when nothing is wrong, and when nothing happens at all. */
const looks: Readonly<Record<RaspberryPi, string>> = {
  pi2: "Red is power: off means none, and flickering means a weak one. Green is the card: it flickers while it is read, and stays dark without one",
  pi3: "Red is power: off or flickering means a weak or no supply. Green is the card: it flickers while it is read, and stays dark without one",
  pi4: "Red is power: off means none. Green is the card: it flickers while it is read",
  pi5: "It has one LED: red means shut down or no bootable card, green means on, and green flickers while the card is read",
  zero2w:
    "It has one green LED: dark means no power, or no card that it can boot from. It flickers while the card is read",
};

/** How to read the LED, and a line for each code that a board can show. */
export function ledLines(board: RaspberryPi): string[] {
  const known = codes.filter(({ boards }) => !boards || boards.includes(board));
  return [
    `${looks[board]}.`,
    "A fault is a pattern that repeats after 2 s: first the long flashes, then the short ones.",
    ...known.map(({ long, short, says }) => `${`${long} long, ${short} short`.padStart(16)}  ${says}`),
  ];
}
