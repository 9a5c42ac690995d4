import { itRefusesHost } from "./refusals.js";

describe("the config of the watchdog", () => {
  itRefusesHost({
    "a watchdog that is too slow": [{ watchdog: { seconds: 60 } }, /watchdog\.seconds: .*15 seconds at most/],
  });
});
