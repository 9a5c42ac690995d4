import { match } from "node:assert/strict";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { FatFiles, fatPartition } from "../../../components/images/fat.js";
import { oneQemuPi, type OneQemuPi } from "./one-qemu-pi.js";

// The machine of the other tests is none that exists. Here a card of the same derivation is in a Pi 3, as QEMU has it, with
// the Pi's own U-Boot. Its kernel is the one of Debian's that knows a Pi.
describe("QEMU: the boot path of a Pi 3", function () {
  this.timeout(600_000);
  let one: OneQemuPi;

  before(async function () {
    one = await oneQemuPi(this);
    // An earlier test may have made the keys, and left the Pi in the middle of something.
    const { exitCode } = await one.copy.pulumi("stack", "output", "firstBoot");
    if (exitCode !== 0) await one.copy.up();
  });

  after(() => one?.box.powerOff());

  it("goes from the Pi's U-Boot over extlinux.conf of the card to the kernel", async () => {
    const { box } = one;
    await one.nextSystem(`{ pkgs, ... }: {
      boot.kernelPackages = pkgs.qemu.linuxPackages_latest;
      boot.kernelParams = [ "earlycon" ];
    }`);
    await one.flash();
    await putEnvironment(join(box.made, "rpi_3/u-boot.bin"), box.card);
    await box.powerOn("raspi3b");
    await box.untilSaid(/Freeing initrd memory/, 300);
    const said = await box.console();
    match(said, /MMC: +mmc@7e202000: 0/);
    match(said, /Loading Environment from FAT\.\.\. OK/);
    match(said, /Booting bootflow 'mmc\S*\.part_2' with extlinux/);
    match(said, /Retrieving file: \/boot\/extlinux\/\.\.\/nixos\/\S+-Image/);
    match(said, /Machine model: Raspberry Pi 3 Model B/);
    match(said, /Kernel command line: init=\/nix\/store\/\S+-nixos-system-lab-q-\S+\/init .*earlycon/);
  });
});

const ENVIRONMENT_BYTES = 0x4000;

/**
 * Puts U-Boot's own default environment on the card's FAT, where it looks for one, with one change: Debian's kernel is
 * larger than the room that U-Boot leaves for it, so the initrd goes further up.
 */
async function putEnvironment(uBoot: string, card: string): Promise<void> {
  const program = await readFile(uBoot, "latin1");
  const begin = program.indexOf("bootcmd=bootflow scan");
  const own = program.slice(begin, program.indexOf("\0\0", begin));
  match(own, /\0ramdisk_addr_r=0x02700000\b/);
  const data = Buffer.alloc(ENVIRONMENT_BYTES - 4);
  data.write(own.replace(/\0ramdisk_addr_r=\w+/, "\0ramdisk_addr_r=0x0a000000"), "latin1");
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(data));

  const handle = await open(card, "r+");
  try {
    const sector = Buffer.alloc(512);
    await handle.read(sector, 0, sector.length, 0);
    const files = await FatFiles.open(handle, fatPartition(sector));
    await files.write("uboot.env", Buffer.concat([sum, data]));
  } finally {
    await handle.close();
  }
}
