import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { hostname, userInfo } from "node:os";
import { ReachedPi } from "../../../components/activation/reached-pi.js";
import { Reboot, type RebootArgs } from "../../../components/activation/reboot.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { PhaseError } from "../../../components/protocol/phase-error.js";
import { FakePi, lost, statusText, target } from "./fake-pi.js";

const [oldSystem, newSystem] = ["/nix/store/old-system", "/nix/store/new-system"];
const id = "id 1";
const isBefore = statusText(newSystem, { booted: oldSystem, reboot: "kernel" });
const comesBack = statusText(newSystem, { boot: "boot-2", "rebooting.id": id });
const isKept = statusText(newSystem, { boot: "boot-2", "rebooted.id": id, "rebooted.result": "kept" });
const wentBack = statusText(oldSystem, {
  ...{ boot: "boot-3", "rebooted.id": id, "rebooted.result": "returned" },
  "rebooted.reason": "nobody confirmed it",
});
const decides = (result: string, reason = "") => `id=${id}\nresult=${result}\nreason=${reason}\nat=now\n`;

const args: RebootArgs = {
  id,
  rules: { when: "needed", limit: 20, board: "pi4" },
  health: { units: ["nginx.service"], check: "true" },
  idle: 10,
};

describe("a reboot", () => {
  let pi: FakePi;

  beforeEach(async () => {
    pi = await FakePi.make();
    await pi.says("activate reboot", "");
  });

  afterEach(() => pi.remove());

  const run = (change: Partial<RebootArgs> = {}) =>
    pi.withSession((session) => {
      const reached = new ReachedPi(session, target, { connect: 5, activate: 90, confirm: 5 });
      return new Reboot(reached, { ...args, ...change }).run("kernel", parseStatus(isBefore));
    });

  const fails = (message: RegExp, change: Partial<RebootArgs> = {}) =>
    rejects(run(change), (error) => {
      equal(error instanceof PhaseError && error.phase, "reboot", String(error));
      match((error as Error).message, message);
      return true;
    });

  const asked = async (verb: string) => (await pi.verbs()).filter((one) => one === verb).length;

  it("is ordered, waited for and confirmed, each over a fresh connection", async () => {
    await pi.says("status", isBefore, lost, comesBack, isKept);
    await pi.says("activate arrived", decides("kept"));
    equal((await run()).boot, "boot-2");
    const order = [
      `id=${id}`,
      `holder=${userInfo().username}@${hostname()}`,
      "limit=20",
      "units=nginx.service",
      "check=true",
      "",
    ];
    const status = { verb: "status", args: [], shared: false, input: "" };
    deepEqual(await pi.calls(), [
      { verb: "activate reboot", args: [], shared: false, input: order.join("\n") },
      ...[status, status, status],
      { verb: "activate arrived", args: [id], shared: false, input: "" },
      status,
    ]);
    deepEqual(pi.progress, [
      "pi: rebooting (kernel), waiting at most 20 s for it",
      "pi: it is back; looking at its health over a fresh connection",
      "pi: rebooted, and confirmed",
    ]);
  });

  it("waits for the job of a runner, and tells so once", async () => {
    const works = { exitCode: 76, stdout: "github-runner-a.service stays\n" };
    await pi.saysNow("activate reboot", works, works, "");
    await pi.says("status", comesBack, isKept);
    await pi.says("activate arrived", decides("kept"));
    await run();
    equal(await asked("activate reboot"), 3);
    equal(
      pi.progress.filter((line) => line === "pi: waiting for the job of a to end before the reboot").length,
      1,
    );
  });

  it("is not done when the job takes too long", async () => {
    await pi.saysNow("activate reboot", {
      exitCode: 76,
      stdout: "github-runner-a.service stays\ngithub-runner-b.service stops\n",
    });
    await fails(
      /^a, b runs a job for longer than 10 s, so the Pi was not rebooted: the reboot stays pending/,
    );
    equal((await asked("activate reboot")) > 3, true);
    equal(await asked("status"), 0);
  });

  it("is not done beside an activation", async () => {
    await pi.saysNow("activate reboot", { exitCode: 75, stdout: "held by you@there since 12:00\n" });
    await fails(/^another activation or reboot is under way: held by you@there since 12:00$/);
  });

  it("says what the Pi said when it refuses", async () => {
    await pi.saysNow("activate reboot", { exitCode: 77, stderr: "refused by pi: limit\n" });
    await fails(/^activate\.sh reboot: refused by pi: limit$/);
  });

  it("tells when the new system would not go back by itself", async () => {
    await pi.saysNow("activate reboot", "unguarded\n");
    await pi.says("status", comesBack, isKept);
    await pi.says("activate arrived", decides("kept"));
    await run();
    match(pi.progress[0] ?? "", /^pi: its system has no pi-fleet-await\.service/);
  });

  it("is not ordered twice when the answer was lost, and not the order", async () => {
    await pi.saysNow("activate reboot", lost);
    await pi.says("status", statusText(newSystem, { "rebooting.id": id }), comesBack, isKept);
    await pi.says("activate arrived", decides("kept"));
    await run();
    equal(await asked("activate reboot"), 1);
  });

  it("is ordered again when the order was lost", async () => {
    await pi.saysNow("activate reboot", lost, "");
    await pi.says("status", isBefore, comesBack, isKept);
    await pi.says("activate arrived", decides("kept"));
    await run();
    equal(await asked("activate reboot"), 2);
  });

  it("that somebody else was quicker with is looked at in the next run", async () => {
    await pi.says("status", statusText(newSystem, { boot: "boot-2" }));
    await fails(/^it restarted before it was asked to/);
  });

  it("that the Pi gives up says why, and that it went back", async () => {
    await pi.says("status", comesBack, lost, wentBack);
    await pi.says(
      "activate arrived",
      decides("returned", "units failed that did not fail before: a.service"),
    );
    await fails(
      /^after the reboot: units failed that did not fail before: a\.service\. So it went back to what it booted before\.\nIt runs \/nix\/store\/old-system, and boots it\.$/,
    );
  });

  it("that could not be undone says so", async () => {
    await pi.says("status", comesBack);
    await pi.says("activate arrived", decides("stayed", "no nginx; there is no other system to go back to"));
    await fails(/^after the reboot: no nginx; there is no other system to go back to\. It stays as it is\.$/);
  });

  it("of which only the answer was lost is read from the Pi's status", async () => {
    await pi.says("status", comesBack, wentBack);
    await pi.says("activate arrived", lost);
    await fails(/^after the reboot: nobody confirmed it\. So it went back/);
  });

  it("that is back and lost again says so", async () => {
    await pi.says("status", comesBack, lost);
    await pi.says("activate arrived", lost);
    await fails(/^it came back, and was lost again: ssh to pi \(10\.0\.0\.9\) fails/, {
      rules: { ...args.rules, limit: 5 },
    });
    equal((await asked("activate arrived")) > 3, true);
  });

  it("that nobody could confirm in time has gone back", async () => {
    const silence = Array.from({ length: 25 }, () => lost);
    await pi.says("status", ...silence, wentBack);
    await fails(
      /^after the reboot: nobody confirmed it\. So it went back .*\nIt runs \/nix\/store\/old-system/,
    );
    equal(await asked("activate arrived"), 0);
    equal(pi.progress.filter((line) => line.startsWith("pi: can't be reached yet, ")).length, 1);
    match(pi.progress.at(-1) ?? "", /^pi: not back in 20 s\. If it runs without network, it goes back/);
  });

  it("of which the Pi never comes back says what a person has to do, and why the board can't help", async () => {
    await pi.says("status", lost);
    await fails(
      /^it did not come back within 40 s of its reboot\. .* a Raspberry Pi 4 can't count boots \(.+\)\. .* gone back to is \/nix\/store\/old-system\./,
    );
    equal(
      pi.progress.filter((line) => line.includes("yet, ")).length,
      2,
      "one line each 15 s of the two times 20 s",
    );
  });

  it("of a Pi that did not even restart stays pending", async () => {
    await pi.says("status", statusText(newSystem, { "rebooting.id": id }));
    await pi.says("activate arrived", decides("stayed", "it did not restart"));
    await fails(/^it did not restart within 20 s; the reboot stays pending$/);
    match(pi.progress[1] ?? "", /^pi: not restarted yet, 1[5-9] of 20 s$/);
  });
});
