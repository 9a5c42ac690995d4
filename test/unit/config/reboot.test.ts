import assert from "node:assert/strict";
import { host as hostSchema } from "../../../components/config/host.js";

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
