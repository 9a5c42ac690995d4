import { equal, match } from "node:assert/strict";
import { type Copy } from "../copy.js";
import { convergedFleet, everyPi, pis } from "./fleet.js";

describe("the fleet's interrupted runs", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("leaves no process and no lock that trips the next up, after ctrl-C and after kill -9", async () => {
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      await everyPi(fleet, `${signal}\n`);
      const running = await fleet.startUp();
      await fleet.lab.until(
        async () => (await fleet.steps()) > 0,
        60,
        () => "no step ever ran",
      );
      const pid = await engine();
      process.kill(pid, signal);
      await running.result;
      await fleet.lab.until(
        async () => (await fleet.steps()) === 0,
        30,
        () => `steps were left behind by ${signal}`,
      );
      let next = await fleet.tryUp();
      if (next.exitCode !== 0) {
        match(next.out, /pulumi cancel/);
        await fleet.pulumi("cancel", "--yes");
        next = await fleet.tryUp();
      }
      equal(next.exitCode, 0, next.out);
      for (const pi of pis) equal(await fleet.onHost(pi, "cat /etc/of-all"), signal);
      await fleet.nothingToChange();
    }
  });

  async function engine(): Promise<number> {
    const found = await fleet.engines();
    equal(found.length, 1, JSON.stringify(found));
    return found[0] ?? 0;
  }
});
