import assert from "node:assert/strict";
import { piConvergence } from "../../../components/convergence/pi-convergence.js";
import type { Evaluation } from "../../../components/evaluation/toplevel.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { type PiStatus } from "../../../components/on-pi/status.js";
import { pendingFor } from "../../../components/activation/pending-reboot.js";
import { reboot as rebootSchema } from "../../../components/config/reboot.js";
import { type PiClock } from "../../../components/on-pi/pi-clock.js";

const policy = (value: unknown) => rebootSchema.parse(value);

/** The Pi's own clock; `epoch` counts only with a time zone. */
function at(day: string, time: string, utc = "2026-11-21T00:00:00Z"): PiClock {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return {
    epoch: Date.parse(utc) / 1000,
    day: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].indexOf(day),
    minute: hour * 60 + minute,
  };
}

describe("a reboot pending", () => {
  const system = "/nix/store/00000000000000000000000000000000-nixos-system-a";
  const older = "/nix/store/11111111111111111111111111111111-nixos-system-a";
  const plan: Evaluation = { kind: "toplevel", drvPath: "x.drv", outPath: system, system: "x86_64-linux" };
  const status = (lines: string[] = []): PiStatus =>
    parseStatus(
      [
        ...[`current=${system}`, `booted=${older}`, `profile=${system}`, "machine=m", "boot=b2"],
        ...["record.id=id of the last up", `record.system=${system}`, "record.machine=m"],
        ...["clock=1795287600 6 03:00", ...lines],
      ].join("\n"),
    );
  const seen = (reboot: unknown, lines: string[], goal: "switch" | "boot" = "switch") =>
    piConvergence(
      { name: "a", host: { goal, reboot: policy(reboot) }, evaluation: plan },
      { kind: "seen", status: status(lines) },
      undefined,
      "now",
    );
  const open = { when: "window", window: { from: "02:00", to: "04:30", days: ["sat"] } };
  const closed = { when: "window", window: { from: "05:00", to: "06:00" } };

  it("is a difference with its reason when policy allows it now, and only a line when it does not", () => {
    const needed = seen({ when: "needed" }, ["reboot=kernel initrd"]);
    assert.equal(needed.confirmed, false);
    assert.match(needed.id, /, reboot needed: kernel, initrd, seen now$/);
    assert.match(seen(open, ["reboot=kernel"]).id, /reboot needed: kernel; its window is open/);
    for (const reboot of [{ when: "never" }, closed]) {
      const pending = seen(reboot, ["reboot=kernel initrd"]);
      assert.deepEqual([pending.id, pending.confirmed], ["id of the last up", true]);
      assert.match(pending.note ?? "", /^a: reboot pending: kernel, initrd; /);
    }
    assert.match(seen(closed, ["reboot=kernel"]).note ?? "", /opens sat 05:00 \(the Pi's clock\)/);
    assert.match(seen({}, ["reboot=kernel"]).note ?? "", /npm run pi -- reboot a/);
  });

  it("is none when nothing would be another", () => {
    const same = seen({ when: "needed" }, ["reboot="]);
    assert.deepEqual([same.id, same.confirmed, same.note], ["id of the last up", true, undefined]);
  });

  it("is any new system with goal boot", () => {
    const boot = piConvergence(
      { name: "a", host: { goal: "boot", reboot: policy({ when: "needed" }) }, evaluation: plan },
      { kind: "seen", status: { ...status(["reboot="]), current: older } },
      undefined,
      "now",
    );
    assert.match(boot.id, /reboot needed: the system, seen now$/);
  });

  it("that nobody confirmed yet is a difference whatever policy says, one under way is none", () => {
    const rebooting = (boot: string) => ["rebooting.id=x", "rebooting.since=then", `rebooting.boot=${boot}`];
    assert.match(seen({}, rebooting("b1")).id, /its reboot of then is not confirmed yet/);
    assert.equal(seen({}, rebooting("b2")).confirmed, true);
  });

  it("that went back says so in the drift that it left", () => {
    const lines = [
      "rebooted.id=x",
      "rebooted.result=returned",
      "rebooted.reason=no network",
      "rebooted.at=then",
    ];
    const back = piConvergence(
      { name: "a", host: { goal: "switch", reboot: policy({}) }, evaluation: plan },
      { kind: "seen", status: { ...status(lines), current: older, profile: older } },
      undefined,
      "now",
    );
    assert.match(
      back.remark ?? "",
      /left \/nix\/store\/0+-nixos-system-a\. It went back after its reboot, then: no network/,
    );
  });

  it("is not made of nothing", () => {
    assert.equal(pendingFor("a", policy({ when: "needed" }), at("mon", "0:00"), []), undefined);
  });
});
