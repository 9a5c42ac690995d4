import { match } from "node:assert/strict";
import { oneQemuPi, type OneQemuPi } from "./one-qemu-pi.js";

// The machine of the other tests is none that exists. Here a card of the same derivation is in a Pi 3, as QEMU has it, with
// the Pi's own U-Boot. Its kernel is the one of Debian's that knows a Pi.
describe("QEMU: the boot path of a Pi 3", function () {
  this.timeout(600_000);
  let one: OneQemuPi;

  before(async function () {
    one = await oneQemuPi(this);
    await one.copy.up();
  });

  after(() => one?.box.powerOff());

  it("goes from the Pi's U-Boot over extlinux.conf of the card to the kernel", async () => {
    const { box } = one;
    await one.nextSystem(`{ pkgs, ... }: {
      boot.kernelPackages = pkgs.qemu.linuxPackages_latest;
      boot.kernelParams = [ "earlycon" ];
    }`);
    await one.flash();
    await box.powerOn("raspi3b");
    await box.untilSaid(/Kernel command line: .*\n/, 300);
    const said = await box.console();
    match(said, /U-Boot 20\d\d\.[^]*RPI 3 Model B/);
    match(said, /Retrieving file: \/boot\/extlinux\/extlinux\.conf/);
    match(said, /Machine model: Raspberry Pi 3 Model B/);
    match(said, /Kernel command line: init=\/nix\/store\/\S+-nixos-system-lab-q-\S+\/init .*earlycon/);
  });
});
