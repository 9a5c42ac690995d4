import { equal, match, rejects } from "node:assert/strict";
import type { ActivationArgs } from "../../../components/activation/activation-args.js";
import { Activation } from "../../../components/activation/activation.js";
import { ReachedPi } from "../../../components/activation/reached-pi.js";
import { Reboot, type RebootArgs } from "../../../components/activation/reboot.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { PhaseError } from "../../../components/protocol/phase-error.js";
import { FakePi, lost, statusText, target } from "./fake-pi.js";

const [oldSystem, newSystem, third] = ["/nix/store/old-system", "/nix/store/new-system", "/nix/store/third"];
const id = "id 1";
const isOld = statusText(oldSystem);
const waits = `phase=awaiting-confirmation\nactivation=${id}\n`;
const done = (result: string, reason = "") =>
  `phase=done\nactivation=${id}\nid=${id}\nresult=${result}\nreason=${reason}\n`;

/** A Pi that answers each verb, and how a piece of work on it fails. */
function onFakePi() {
  const held = {} as { pi: FakePi };
  beforeEach(async () => {
    held.pi = await FakePi.make();
    for (const verb of ["hold", "busy", "start", "confirm", "record", "dry"])
      await held.pi.says(`activate ${verb}`, "");
  });
  afterEach(() => held.pi.remove());
  return held;
}

async function fails(work: Promise<unknown>, phase: string, message: RegExp): Promise<void> {
  await rejects(work, (error) => {
    equal(error instanceof PhaseError && error.phase, phase, String(error));
    match((error as Error).message, message);
    return true;
  });
}

describe("an activation of which the Pi tells more than its word", () => {
  const held = onFakePi();
  const args: ActivationArgs = {
    ...{ toplevel: newSystem, id, goal: "switch", idle: 10 },
    health: { units: [] },
    reboot: { when: "never", limit: 20, board: "pi4" },
    timeouts: { probe: 5, connect: 5, build: 60, copy: 60, activate: 90, confirm: 5 },
  };
  const run = () =>
    held.pi.withSession((session) =>
      new Activation(session, target, args).run({ checkSpace: async () => {}, copy: async () => {} }),
    );

  it("failed though the Pi has the system, when another run brought it", async () => {
    await held.pi.says("status", isOld, isOld, statusText(newSystem, { "record.id": "another's" }));
    await held.pi.says("activate follow", done("returned", "nginx is not active"));
    await fails(run(), "activate", /^nginx is not active\nIt runs \/nix\/store\/new-system, and boots it\.$/);
  });

  it("failed when it was confirmed, and could not be committed", async () => {
    await held.pi.says("status", isOld, isOld, isOld);
    await held.pi.says("activate follow", waits, done("returned", "no room for the profile"));
    await fails(run(), "confirm", /^no room for the profile\nIt runs its old system/);
  });

  it("failed when it was committed, and the Pi runs another system all the same", async () => {
    await held.pi.says("status", isOld, isOld, statusText(third));
    await held.pi.says("activate follow", waits, done("committed"));
    await fails(run(), "confirm", /somebody else switched it\nIt runs \/nix\/store\/third, and boots it\.$/);
  });

  it("settles first a reboot that nobody confirmed", async () => {
    const unconfirmed = {
      "rebooting.id": "id 0",
      "rebooting.boot": "boot-0",
      "rebooting.holder": "you@there",
    };
    const kept = statusText(newSystem, { "record.id": id });
    await held.pi.says("status", statusText(newSystem, unconfirmed), kept);
    await held.pi.says("activate arrived", "id=id 0\nresult=kept\nreason=\nat=now\n");
    equal((await run()).status, "already there");
    equal((await held.pi.calls()).find(({ verb }) => verb === "activate arrived")?.args[0], "id 0");
  });
});

describe("a reboot of which the Pi tells more than its word", () => {
  const held = onFakePi();
  const args: RebootArgs = {
    ...{ id, idle: 10 },
    rules: { when: "needed", limit: 20, board: "pi4" },
    health: { units: [] },
  };
  const isBefore = statusText(newSystem, { booted: oldSystem, reboot: "kernel" });
  const comesBack = statusText(newSystem, { boot: "boot-2", "rebooting.id": id });
  const decides = (result: string, reason = "") => `id=${id}\nresult=${result}\nreason=${reason}\nat=now\n`;
  const run = () =>
    held.pi.withSession((session) => {
      const reached = new ReachedPi(session, target, { connect: 5, activate: 90, confirm: 5 });
      return new Reboot(reached, args).run("kernel", parseStatus(isBefore));
    });
  const orders = async () => (await held.pi.verbs()).filter((verb) => verb === "activate reboot").length;

  it("failed when it was kept, and the Pi runs something else than it boots", async () => {
    await held.pi.says("activate reboot", "");
    await held.pi.says("status", comesBack, statusText(third, { boot: "boot-2", profile: newSystem }));
    await held.pi.says("activate arrived", decides("kept"));
    await fails(run(), "reboot", /confirmed after its reboot, and then it went away/);
  });

  it("is not ordered a second time when the Pi has restarted meanwhile", async () => {
    await held.pi.says("activate reboot", lost);
    await held.pi.says("status", statusText(newSystem, { boot: "boot-2" }));
    await fails(run(), "reboot", /it restarted before it was asked to/);
    equal(await orders(), 1);
  });

  it("is given up when its order is lost each time", async () => {
    await held.pi.says("activate reboot", lost);
    // Each look takes a while: a Pi that answers only now and then.
    await held.pi.says("status", ...Array.from({ length: 8 }, () => [lost, lost, isBefore]).flat());
    await fails(run(), "reboot", /its connection is lost each time it is asked to reboot/);
    equal((await orders()) > 1, true);
  });

  it("that went back is told of once the Pi has restarted again", async () => {
    const back = { "rebooted.id": id, "rebooted.result": "returned", "rebooted.reason": "no nginx" };
    const onItsWay = statusText(newSystem, { ...back, boot: "boot-2", profile: oldSystem });
    await held.pi.says("activate reboot", "");
    await held.pi.says("status", comesBack, onItsWay, statusText(oldSystem, { ...back, boot: "boot-3" }));
    await held.pi.says("activate arrived", decides("returned", "no nginx"));
    await fails(
      run(),
      "reboot",
      /no nginx\. So it went back .*\nIt runs \/nix\/store\/old-system, and boots it/,
    );
  });
});
