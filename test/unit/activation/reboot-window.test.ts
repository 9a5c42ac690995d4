import assert from "node:assert/strict";
import { reboot as rebootSchema } from "../../../components/config/reboot.js";
import { opensAt } from "../../../components/activation/reboot-window.js";
import { trustedClock, type PiClock } from "../../../components/on-pi/pi-clock.js";

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

describe("a Pi's clock", () => {
  const now = Date.parse("2026-11-21T12:30:00Z") / 1000; // a Saturday
  it("is believed when this machine's agrees, whatever its time zone", () => {
    const clock = at("sun", "02:30", "2026-11-21T12:34:00Z");
    assert.deepEqual(trustedClock(clock, now), { clock });
  });

  it("that is wrong gives way to this machine's, in the Pi's time zone", () => {
    const cases: [utc: string, day: string, time: string, right: [day: string, time: string]][] = [
      ["1970-01-01T00:05:00Z", "thu", "00:05", ["sat", "12:30"]],
      // An hour ahead, ten hours behind, and 14 hours ahead of UTC.
      ["1970-01-01T23:30:00Z", "fri", "00:30", ["sat", "13:30"]],
      ["2026-11-20T08:00:00Z", "thu", "22:00", ["sat", "02:30"]],
      ["2027-01-01T11:00:00Z", "sat", "01:00", ["sun", "02:30"]],
    ];
    for (const [utc, day, time, right] of cases) {
      const { clock, wrong } = trustedClock(at(day, time, utc), now);
      assert.deepEqual(clock, { ...at(...right), epoch: now });
      assert.equal(wrong, `its clock says ${utc.slice(0, 16)}Z, so this machine's counts`);
    }
  });
});
