import { equal, match, notEqual, ok } from "node:assert/strict";
import { skip } from "../../skip.js";
import type { Copy } from "../copy.js";
import type { Fault } from "./faults.js";
import { nextSystem, reach, release } from "./gates.js";
import { allFaults, onePi } from "./one-pi.js";
import { blockWayBack, killActivationAndTimer, pi, unblockWayBack } from "./strikes.js";

// What is left when an activation and all that could take it back are killed, or when the way back fails. The links then
// say less than they seem to.
describe("a Pi that was left half-way", function () {
  this.timeout(300_000);
  let copy: Copy;
  let old: string;

  before(async function () {
    copy = await onePi(this);
    await nextSystem(copy, "before the half-way ones");
    await copy.up();
    old = await runs();
  });

  it("with another system's /etc is activated whole, though it runs and boots what is wanted", async () => {
    // Held after /etc, before /run/current-system.
    const held = `{ system.activationScripts.held = { deps = [ "etc" ]; text = "/bin/sh /root/gate"; }; }\n`;
    const out = await interrupted("killed in /etc", { at: "testing", module: held });
    match(
      out,
      /lab-a: activate failed: the activation ended without a result \(at "testing"\)[\s\S]*It runs its old system, as before, and boots it, and the activation of \S+ by \S+ was killed before its end, and nothing took it back/,
    );
    equal(await runs(), old);
    notEqual(await etc(), await etcOf("current-system"));
    match(
      (await copy.byHand("status")).stdout,
      /lab-a runs .*; the activation of .* was killed before its end/,
    );

    await nextSystem(copy, "before the half-way ones");
    match(
      (await copy.pulumi("preview")).out,
      /lab-a drifted: the activation of .* was killed before its end/,
    );
    await copy.up();
    await isWhole(old);
  });

  it("after a way back that failed is told so by the run, by status and by the preview", async () => {
    const out = await interrupted(
      "ill, and its way back blocked",
      { at: "testing", health: { check: "false" } },
      blockWayBack,
    );
    match(
      out,
      /lab-a: activate failed: the health check .*: false\. The way back did not succeed: the old system's own activation ended with exit code 11/,
    );
    match(out, /It runs \S+, and would boot \S+, and its way back from the activation of .* did not succeed/);
    notEqual(await runs(), old);
    match((await copy.byHand("status")).stdout, /; its way back from the activation of .* did not succeed/);
    await nextSystem(copy, "before the half-way ones");
    const preview = (await copy.pulumi("preview")).out;
    match(preview, /lab-a drifted: it runs .*; its way back from the activation of .* did not succeed/);
    await unblockWayBack(copy);
    await copy.up();
    await isWhole(old);
  });

  it("on the new system gets what its switch had not come to", async function () {
    if (!allFaults) skip(this, "one of the rows that only `npm run faults` runs");
    const module = `{ systemd.services.witness = { wantedBy = [ "multi-user.target" ]; serviceConfig = {
      Type = "oneshot"; RemainAfterExit = true; ExecStart = "/bin/true"; }; }; }\n`;
    match(await interrupted("killed in units", { at: "testing", module }), /was killed before its end/);
    const now = await runs();
    notEqual(now, old);
    await copy.onHost(pi, "systemctl stop witness");
    await copy.up();
    await isWhole(now);
    equal(await copy.onHost(pi, "systemctl is-active witness"), "active");
  });

  /** An `up` that is held in a phase, struck there, and fails. */
  async function interrupted(
    mark: string,
    fault: Pick<Fault, "at" | "module" | "health">,
    strike = killActivationAndTimer,
  ): Promise<string> {
    await nextSystem(copy, mark, { what: mark, ends: "old or new", says: /./, ...fault });
    const running = await copy.startUp();
    try {
      await reach(copy, "testing");
      await strike(copy);
    } finally {
      await release(copy);
    }
    const { exitCode, stdout, stderr } = await running.result;
    const out = `${stdout}\n${stderr}`;
    notEqual(exitCode, 0, out);
    return out;
  }

  async function isWhole(system: string): Promise<void> {
    equal(await runs(), system);
    equal(await copy.onHost(pi, "readlink -f /nix/var/nix/profiles/system"), system);
    equal(await etc(), await etcOf("current-system"));
    equal(await copy.onHost(pi, "ls /nix/var/nix/gcroots/pi-fleet"), "");
    ok(!(await copy.nothingToChange()).includes("drifted"));
  }

  const runs = () => copy.onHost(pi, "readlink -f /run/current-system");
  const etc = () => copy.onHost(pi, "readlink -f /etc/static");
  const etcOf = (link: string) => copy.onHost(pi, `readlink -f /run/${link}/etc`);
});
