import { equal, match, notEqual, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type Copy } from "../copy.js";
import { convergedFleet, everyPi, pis } from "./fleet.js";

describe("the fleet, in parts and in waves", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  it("can be limited to a tag, and neither sees nor touches the others", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    const untouched = await fleet.onHost("lab-c", "readlink /run/current-system");
    await everyPi(fleet, "only a tag\n");
    await fleet.config(["pi-fleet:hosts", "lab-b", "tags"], ["bench"]);
    await fleet.config(["pi-fleet:hosts", "lab-new"], { board: "virtual" });
    await fleet.host("lab-a").powerOff();
    const run = await fleet.onLaptop(
      ...["env", "PI_FLEET_ONLY=tag:bench", "pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
    );
    equal(run.exitCode, 0, run.stdout);
    match(run.stdout, /only tag:bench\. Left out: lab-a, lab-c, lab-new \(3 of 4\)/);
    match(run.stdout, /~ 2 updated/);
    ok(!/\d+ created/.test(run.stdout) && !run.stdout.includes("can't be reached"), run.stdout);
    equal(await fleet.onHost("lab-b", "cat /etc/of-all"), "only a tag");
    equal(await fleet.onHost("lab-c", "readlink /run/current-system"), untouched);
    // Whoever removes the runner next must do it before the record of its Pi goes.
    match((await dependencies("Command::lab-a-runner")).join(), /::lab-a-activation/);
    await fleet.host("lab-a").boot();
    await writeFile(fleet.stackFile, kept);
    equal((await fleet.changed()).join(), "lab-a-activation,lab-a-build,lab-c-activation,lab-c-build");
    await fleet.up();
    await fleet.nothingToChange();
  });

  it("goes in waves, and stops at the first that fails", async () => {
    const kept = await readFile(fleet.stackFile, "utf8");
    const before = await fleet.onHost("lab-a", "readlink /run/current-system");
    await everyPi(fleet, "in waves\n");
    await fleet.config(["pi-fleet:waves"], { canary: ["lab-b"], size: 2, pause: 2, parallel: 1 });
    await fleet.config(["pi-fleet:hosts", "lab-b", "health"], { check: "test -e /root/well" });
    const run = await fleet.tryUp();
    notEqual(run.exitCode, 0);
    match(run.out, /lab-b: activate failed: the health check ended with exit code 1/);
    match(run.out, /lab-a: held back: lab-b failed in an earlier wave/);
    const order = "wave 1 (canary): lab-b · wave 2: lab-a, lab-c (1 at once, 2 s between waves)";
    for (const told of [order, "size: ", "packages: none, only configuration", "reboot: "]) {
      const at = run.out.indexOf(told);
      ok(at >= 0 && at < run.out.indexOf("lab-b: connecting"), `${told} is not told before\n${run.out}`);
    }
    match(run.out, /size: at most \d+\.\d KiB on the card, where .* free; at most \d+\.\d KiB on the wire/);
    equal(await fleet.onHost("lab-a", "readlink /run/current-system"), before);
    match((await fleet.pulumi("preview")).out, /wave 1 \(canary\): lab-b · wave 2: lab-a, lab-c/);
    await fleet.onHost("lab-b", "touch /root/well");
    match(await fleet.up(), /wave 1 \(canary\) is done; wave 2 begins in 2 s/);
    for (const pi of pis) equal(await fleet.onHost(pi, "cat /etc/of-all"), "in waves");
    await fleet.config(["pi-fleet:waves"], undefined);
    await fleet.nothingToChange();
    await writeFile(fleet.stackFile, kept);
    await fleet.up();
  });

  /** What the state has of the resource whose URN ends so. */
  async function dependencies(urnEnd: string): Promise<string[]> {
    const { deployment } = JSON.parse(await fleet.outputOf("pulumi", "stack", "export")) as {
      deployment: { resources: { urn: string; dependencies?: string[] }[] };
    };
    return deployment.resources.find(({ urn }) => urn.endsWith(urnEnd))?.dependencies ?? [];
  }
});
