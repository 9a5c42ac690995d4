import { equal } from "node:assert/strict";
import type { Outcome } from "../../../components/protocol/outcome.js";
import { lastOutcome, mayAwaitFlash } from "../../../components/steps/step.js";
import { command } from "./command.js";

const flag = "may-await-flash";

describe("a Pi that does not answer may wait for its card", () => {
  const given = command();

  it("only by the flag, and before the first run", () => {
    equal(mayAwaitFlash("pi", [flag]), true);
    equal(mayAwaitFlash("pi", []), false);
    equal(mayAwaitFlash("pi", ["may-await"]), false);
  });

  const endings: Record<Outcome["status"], boolean> = {
    ...{ "awaiting flash": true, converged: false, "already there": false, built: false, failed: false },
    "left out": false,
  };
  for (const [status, may] of Object.entries(endings) as [Outcome["status"], boolean][]) {
    it(`${may ? "again" : "no more"} after a run that ended with "${status}"`, () => {
      given.endedWith({ status });
      equal(mayAwaitFlash("pi", [flag]), may);
    });
  }

  it("no more after a run that was cut short, since it may have been there", () => {
    given.set({ PULUMI_COMMAND_STDOUT: "" });
    equal(lastOutcome("pi")?.status, "failed");
    equal(mayAwaitFlash("pi", [flag]), false);
  });
});
