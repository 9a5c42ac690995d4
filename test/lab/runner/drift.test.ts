import { equal, notEqual } from "node:assert/strict";
import { type Copy } from "../copy.js";
import { registeredRunner, type LabRunner } from "./runner.js";

describe("the runner's drift", function () {
  this.timeout(240_000);
  let runner: LabRunner;
  let copy: Copy;

  before(async function () {
    runner = await registeredRunner(this);
    ({ copy } = runner);
  });

  it("sees that it was deleted on GitHub, says so, and comes back", async () => {
    const { id } = await runner.only();
    await runner.ask({ deleteRunner: id });
    await runner.drifts(/GitHub has no runner lab-a with the id \d+ in repos\/example\/blinky any more/);
    notEqual((await runner.only()).id, id);
  });

  it("sees that it was offline for 14 days, and comes back", async () => {
    await copy.host("lab-a").powerOff();
    await runner.until(async () => !(await runner.only()).online, "it stays online");
    await runner.ask({ moveClockSeconds: 15 * 86_400 });
    equal((await runner.labARunners()).length, 0);
    await copy.nothingToChange();
    await copy.host("lab-a").boot();
    await runner.drifts(/offline for 14 days/);
  });

  it("sees that it is offline though its Pi is on, and restarts it", async () => {
    const { id } = await runner.only();
    await runner.onHost("systemctl stop github-runner-lab-a");
    await runner.until(async () => !(await runner.only()).online, "it stays online");
    await runner.drifts(/GitHub lists lab-a as offline, though lab-a is on/);
    equal((await runner.only()).id, id);
  });

  it("replaces the registration of a Pi that was flashed anew", async () => {
    const { id } = await runner.only();
    await runner.onHost(
      "systemctl stop github-runner-lab-a; rm -rf /var/lib/github-runner /var/lib/pi-fleet/runners",
    );
    await copy.up();
    notEqual((await runner.only()).id, id);
    await copy.nothingToChange();
  });
});
