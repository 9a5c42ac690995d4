import { equal, match } from "node:assert/strict";
import { type Copy } from "../copy.js";
import { newFleet, pis, toplevels } from "./fleet.js";

describe("the fleet's first day", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await newFleet(this);
  });

  it("makes keys before there is any Pi, says what each is waiting for, and ends well", async () => {
    const first = await fleet.up();
    for (const pi of pis) match(first, new RegExp(`${pi} is awaiting flash`));
    const again = await fleet.pulumi("preview", "--expect-no-changes");
    equal(again.exitCode, 0, again.out);
  });

  it("converges three Pis of two boards by npm run lab, and shows them", async () => {
    const run = await fleet.npmRunLab();
    equal(run.exitCode, 0, run.out);
    match(run.out, /lab-a +virtual +converged/);
    match(run.out, /lab-c +pi4 +converged/);
    const planned = await toplevels(fleet);
    for (const pi of pis) equal(await fleet.onHost(pi, "readlink /run/current-system"), planned[pi]);
    match(
      await fleet.onHost(
        "lab-c",
        "file=$(readlink -f /run/current-system)/activate; head -n1 $file | cut -c3- | xargs -n1 readlink -f | head -n1 | xargs od -An -tx1 -j18 -N1",
      ),
      /b7/,
    );
    await fleet.nothingToChange();
  });
});
