import type { Board } from "../../config/boards.js";
import { isRaspberryPi, ledLines, type RaspberryPi } from "./led-codes.js";

/** The power supply that each board wants, raspberrypi/documentation, raspberry-pi/power-supplies.adoc. */
const power: Readonly<Record<RaspberryPi, string>> = {
  pi2: "5 V and 2 A by a short micro USB cable",
  pi3: "5.1 V and 2.5 A by a short micro USB cable",
  pi4: "5.1 V and 3 A by USB-C; the first Pi 4s take no cable with an e-marker chip, such as a laptop's",
  pi5: "5.1 V and 5 A by USB-C; on 3 A it boots from a card but not from USB, unless usb_max_current_enable=1",
  zero2w: "5 V and 2.5 A at the micro USB socket named PWR IN; the other one is for devices",
};

const byCard = (seen: string) =>
  `A screen on HDMI shows ${seen}. A U-Boot prompt ("U-Boot>" or "=>") means that something typed: a serial HAT or a floating RX pin. Take it off; typing boot goes on.`;

const screen: Readonly<Record<RaspberryPi, string>> = {
  pi2: byCard("a rainbow once start.elf runs. Dark: the card was not read. Rainbow that stays: no kernel"),
  pi3: byCard("a rainbow once start.elf runs. Dark: the card was not read. Rainbow that stays: no kernel"),
  pi4: byCard(
    "the bootloader's diagnostics (port HDMI0) when there is nothing to boot: whether a card is detected, its partitions (MBR), start4.elf. To see them at once, start it without a card",
  ),
  pi5: byCard(
    "the bootloader's diagnostics when there is nothing to boot: whether a card is detected, and its partitions (MBR). To see them at once, start it without a card",
  ),
  zero2w: byCard("a rainbow once start.elf runs. Dark: the card was not read. Rainbow that stays: no kernel"),
};

const pins = "3.3 V, 115200 baud, at pins 6 (ground), 8 (its TX) and 10 (its RX)";

const serial: Readonly<Record<RaspberryPi, string>> = {
  pi2: `A serial console shows all of the boot: ${pins}. U-Boot needs enable_uart=1 in config.txt for it.`,
  pi3: `A serial console shows all of the boot: ${pins}. U-Boot needs enable_uart=1 in config.txt, which nixpkgs' image has.`,
  pi4: `A serial console shows all of the boot: ${pins}, with enable_uart=1 (nixpkgs' image has it) and uart_2ndstage=1 in config.txt; BOOT_UART=1 in the EEPROM shows what is before that.`,
  pi5: "A serial console shows all of the boot: 3.3 V, 115200 baud, at the 3-pin socket between the HDMI ports. nixpkgs' image has enable_uart=0 for a Pi 5; BOOT_UART=1 in the EEPROM shows what is before that.",
  zero2w: `A serial console shows all of the boot: ${pins}. U-Boot needs enable_uart=1 in config.txt for it.`,
};

const network: Readonly<Record<RaspberryPi, string>> = {
  pi2: "It has no Wi-Fi. The LEDs of its Ethernet socket show a link once Linux runs.",
  pi3: "The LEDs of its Ethernet socket show a link once the firmware runs. A 3B has Wi-Fi at 2.4 GHz only.",
  pi4: "The LEDs of its Ethernet socket show a link once the firmware runs.",
  pi5: "The LEDs of its Ethernet socket show a link once the firmware runs. U-Boot starts from the card, not from USB or NVMe.",
  zero2w:
    "It has Wi-Fi alone, at 2.4 GHz: see hosts.NAME.network.wifi, and that the access point does not hide that band.",
};

/** What to look at where the Pi stands, when nothing can be seen from here. */
export function boardAdvice(board: Board): string[] {
  if (board === "virtual") return ["It is a virtual machine or a container: see whether its host runs it."];
  if (!isRaspberryPi(board))
    return ["It is a PC or a NAS: see its screen, and that it is set to switch on when power returns."];
  return [
    `Power: it wants ${power[board]}.`,
    "LED:",
    ...ledLines(board).map((line) => `  ${line}`),
    screen[board],
    serial[board],
    network[board],
    "The card: it has an MBR (no GPT), with FAT first. A first boot takes some minutes, as the file system grows to the card.",
  ];
}
