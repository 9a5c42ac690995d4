import { deepEqual, equal, match, rejects } from "node:assert/strict";
import type { ActivationArgs } from "../../../components/activation/activation-args.js";
import { Activation } from "../../../components/activation/activation.js";
import { PhaseError } from "../../../components/protocol/phase-error.js";
import { loginsOf } from "../../../components/ssh/logins.js";
import { FakePi, statusText } from "./fake-pi.js";

const [oldSystem, newSystem] = ["/nix/store/old-system", "/nix/store/new-system"];
const isOld = statusText(oldSystem);
const isNew = statusText(newSystem, { "record.id": "id 1" });
const waits = "phase=awaiting-confirmation\nactivation=id 1\n";
const done = (result: string, reason = "") =>
  `phase=done\nactivation=id 1\nid=id 1\nresult=${result}\nreason=${reason}\n`;

const former = { address: "10.0.0.9", user: "pi", port: 22 };
const target = { name: "pi", address: "10.0.0.9", user: "beau", port: 2222, former: [former] };
const [wanted, before] = ["beau@10.0.0.9 port 2222", "pi@10.0.0.9 port 22"];

const args: ActivationArgs = {
  toplevel: newSystem,
  id: "id 1",
  goal: "switch",
  health: { units: [] },
  reboot: { when: "never", limit: 20, board: "pi4" },
  timeouts: { probe: 5, connect: 5, build: 60, copy: 60, activate: 90, confirm: 5 },
  idle: 10,
};

describe("an activation that changes the login", () => {
  let pi: FakePi;

  beforeEach(async () => {
    pi = await FakePi.make();
    for (const verb of ["hold", "busy", "dry", "start", "confirm", "record"])
      await pi.says(`activate ${verb}`, "");
  });

  afterEach(() => pi.remove());

  /** Over the login of before. */
  const run = (change: Partial<ActivationArgs> = {}) =>
    pi.withSession((session) =>
      new Activation(session, target, { ...args, ...change }, loginsOf(target)[1]).run({
        checkSpace: () => Promise.resolve(),
        copy: () => Promise.resolve(),
      }),
    );

  const fails = (message: RegExp, change: Partial<ActivationArgs> = {}) =>
    rejects(run(change), (error) => {
      equal(error instanceof PhaseError && error.phase, "confirm", String(error));
      match((error as Error).message, message);
      return true;
    });

  it("begins by the one of before, and is confirmed and ends by the wanted one alone", async () => {
    await pi.says("status", isOld, isOld, isNew);
    await pi.says("activate follow", waits, done("committed"));
    await pi.refuses([wanted], [before]);
    equal((await run()).status, "converged");
    deepEqual(
      (await pi.calls()).slice(-4).map(({ verb, shared }) => `${verb} ${shared ? "shared" : "fresh"}`),
      ["activate follow shared", "activate confirm fresh", "activate follow fresh", "status fresh"],
    );
    deepEqual(await pi.tried(), [wanted, wanted, wanted]);
    equal(pi.progress.includes(`pi: confirming over a fresh connection, by ${wanted}`), true);
  });

  it("goes on by the wanted one when the account of before is gone in the middle", async () => {
    await pi.says("status", isOld, isOld, isNew);
    const gone = { exitCode: 1, stderr: "sudo: you do not exist in the passwd database" };
    await pi.says("activate follow", gone, waits, done("committed"));
    await pi.refuses([wanted], [before]);
    equal((await run()).status, "converged");
    deepEqual((await pi.tried()).slice(0, 2), [before, wanted]);
  });

  it("is not confirmed by the one of before, and says which one was tried", async () => {
    await pi.says("status", isOld);
    await pi.says("activate follow", waits, done("returned", "nobody confirmed"));
    await pi.refuses([wanted]);
    await fails(
      /^the new system could not be confirmed: .*does not let beau in .*; nobody confirmed\nThe login that was tried is beau@10\.0\.0\.9 port 2222\. .*\nIt runs its old system, as before, and boots it\.$/s,
    );
    equal((await pi.verbs()).includes("activate confirm"), false);
  });

  it("of a Pi that has the system already fails when only the one of before works", async () => {
    await pi.says("status", isNew);
    await pi.refuses([wanted]);
    await fails(/^it has the wanted system and answers by pi@\S+ port 22, and not by beau@\S+ port 2222, /);
  });

  it("of a Pi that boots its system later is proven then", async () => {
    await pi.says(
      "status",
      statusText(oldSystem, { profile: newSystem, "record.id": "x", "record.system": newSystem }),
    );
    await pi.refuses([wanted]);
    equal((await run({ goal: "boot" })).status, "already there");
  });

  it("to an older generation by hand counts by any login", async () => {
    await pi.says("status", isOld, isOld, isNew);
    await pi.says("activate follow", waits, done("committed"));
    await pi.refuses([wanted]);
    equal((await run({ byAnyLogin: true })).status, "converged");
    equal((await pi.verbs()).includes("activate confirm"), true);
  });
});
