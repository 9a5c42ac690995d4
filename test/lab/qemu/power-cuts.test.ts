import { table } from "../../../lab/table.js";
import { moments } from "./moments.js";
import { oneQemuPi, type OneQemuPi } from "./one-qemu-pi.js";

// The plug pulled at each moment of a first boot, each time with a card as it was flashed. `npm run first-boot` runs this
// and prints the table; in `npm test` some of the moments are part of first-boot.test.ts.
const all = process.env.PI_FLEET_FIRST_BOOT === "all";

describe("QEMU: a power cut at each moment of the first boot", function () {
  this.timeout(900_000);
  const rows: string[][] = [];
  let one: OneQemuPi;
  let flashed: string;

  before(async function () {
    one = await oneQemuPi(this);
    await one.nextSystem("{ }");
    await one.copy.up();
    await one.flash();
    flashed = `${one.box.card}.flashed`;
    await one.box.copyCard(flashed);
  });

  after(() => {
    if (rows.length > 0)
      console.log(`\n${table([["the plug is pulled when", "s", "the next boot"], ...rows])}\n`);
  });

  for (const moment of all ? moments : []) {
    it(`when ${moment.at}: the next boot ends it, and nothing is lost`, async () => {
      const { box } = one;
      await box.powerOff();
      await box.useCard(flashed);
      const seconds = await one.cutAt(moment);
      await box.powerOn();
      await box.untilUp(300);
      await one.expectFirstBootDone();
      rows.push([moment.at, String(seconds), "ended it"]);
    });
  }
});
