import assert from "node:assert/strict";
import { piConvergence } from "../../../components/convergence/pi-convergence.js";
import type { Evaluation } from "../../../components/evaluation/toplevel.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { type PiStatus } from "../../../components/on-pi/status.js";
import { pendingFor } from "../../../components/activation/pending-reboot.js";
import { reboot as rebootSchema } from "../../../components/config/reboot.js";
import { opensAt } from "../../../components/activation/reboot-window.js";
import { type PiClock } from "../../../components/on-pi/pi-clock.js";
import { host as hostSchema } from "../../../components/config/host.js";

const policy = (value: unknown) => rebootSchema.parse(value);
const window = (value: Record<string, unknown>) =>
  rebootSchema.parse({ when: "window", window: { from: "02:00", to: "04:30", ...value } }).window!;

/** The Pi's own clock; `epoch` counts only with a time zone. */
function at(day: string, time: string, utc = "2026-11-21T00:00:00Z"): PiClock {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return {
    epoch: Date.parse(utc) / 1000,
    day: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].indexOf(day),
    minute: hour * 60 + minute,
  };
}

describe("the window of reboots", () => {
  it("is open from its first minute to before its last", () => {
    assert.equal(opensAt(window({}), at("wed", "02:00")), undefined);
    assert.equal(opensAt(window({}), at("wed", "04:29")), undefined);
    assert.equal(opensAt(window({}), at("wed", "04:30")), "thu 02:00 (the Pi's clock)");
    assert.equal(opensAt(window({}), at("wed", "01:59")), "wed 02:00 (the Pi's clock)");
  });

  it("opens on its days alone, in a week when it has just closed", () => {
    const sat = window({ days: ["sat"] });
    assert.equal(opensAt(sat, at("sat", "03:00")), undefined);
    assert.equal(opensAt(sat, at("sun", "03:00")), "sat 02:00 (the Pi's clock)");
    assert.equal(opensAt(sat, at("sat", "05:00")), "sat 02:00 (the Pi's clock)");
    assert.equal(opensAt(window({ days: ["sun", "tue"] }), at("sat", "12:00")), "sun 02:00 (the Pi's clock)");
  });

  it("goes over midnight, and belongs to the day on which it opens", () => {
    const night = window({ from: "23:00", to: "01:00", days: ["sun"] });
    assert.equal(opensAt(night, at("sun", "23:30")), undefined);
    assert.equal(opensAt(night, at("mon", "00:59")), undefined);
    assert.equal(opensAt(night, at("mon", "01:00")), "sun 23:00 (the Pi's clock)");
    assert.equal(opensAt(night, at("sun", "00:30")), "sun 23:00 (the Pi's clock)");
  });

  it("is a whole day when it closes as it opens", () => {
    const day = window({ from: "12:00", to: "12:00", days: ["sat"] });
    assert.equal(opensAt(day, at("sun", "11:59")), undefined);
    assert.equal(opensAt(day, at("sun", "12:00")), "sat 12:00 (the Pi's clock)");
  });

  it("counts by a stated time zone, in summer time too, and not by the Pi's own", () => {
    const rome = window({ timezone: "Europe/Rome" });
    // 01:30 UTC is 02:30 in a Roman winter and 03:30 in a Roman summer; the day changes with the zone.
    assert.equal(opensAt(rome, at("wed", "12:00", "2026-01-10T01:30:00Z")), undefined);
    assert.equal(opensAt(rome, at("wed", "12:00", "2026-07-10T02:29:00Z")), undefined);
    assert.equal(opensAt(rome, at("wed", "03:00", "2026-07-10T02:30:00Z")), "sat 02:00 (Europe/Rome)");
    const auckland = window({ timezone: "Pacific/Auckland", days: ["sun"] });
    assert.equal(opensAt(auckland, at("sat", "00:00", "2026-07-11T15:00:00Z")), undefined);
    assert.equal(
      opensAt(window({ timezone: "UTC", from: "00:00", to: "00:30" }), at("mon", "9:00")),
      undefined,
    );
  });
});

describe("the config of reboots", () => {
  const faults = (value: unknown) => {
    const result = hostSchema.safeParse({ board: "pi4", reboot: value });
    return result.success
      ? []
      : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  };

  it("is never by default", () => {
    assert.deepEqual(hostSchema.parse({ board: "pi4" }).reboot, { when: "never", limit: 300 });
  });

  it("names what is wrong with its path", () => {
    assert.match(faults({ when: "window" }).join(), /^reboot\.window: is needed with when: window/);
    assert.match(
      faults({ when: "needed", window: { from: "02:00", to: "03:00" } }).join(),
      /^reboot\.window: has no meaning with when: needed/,
    );
    const wrong = { from: "2:00", to: 120, days: ["saturday"], timezone: "Europe/Roma" };
    assert.deepEqual(
      faults({ when: "window", window: wrong }).map((line) => line.split(":")[0]),
      ["from", "to", "days.0", "timezone"].map((key) => `reboot.window.${key}`),
    );
    assert.match(
      faults({ when: "window", window: wrong }).join("\n"),
      /timezone: a time zone of the tz database/,
    );
  });
});

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
