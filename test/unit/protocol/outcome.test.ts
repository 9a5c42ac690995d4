import { deepEqual, equal, match } from "node:assert/strict";
import {
  outcomeFrom,
  parseOutcome,
  printOutcome,
  type Outcome,
} from "../../../components/protocol/outcome.js";
import { variableBytes } from "../../../components/shared/cut-text.js";

const full: Outcome = {
  ...{ pi: "a", status: "failed", phase: "confirm", message: "two\nlines", old: "/nix/store/o" },
  ...{ new: "/nix/store/n", runners: ["github-runner-a active running"], convergence: "id", seconds: 1.5 },
  registration: {
    ...{ id: 7, scope: "repos/o/r", name: "a", activity: "done", version: "2.1.0", labels: ["x"] },
  },
};

describe("an outcome", () => {
  it("is printed as one line, and read from it", () => {
    const least: Outcome = { pi: "a", status: "built", seconds: 0 };
    for (const outcome of [full, least]) {
      match(printOutcome(outcome), /^\{[^\n]*\}\n$/);
      deepEqual(parseOutcome("a", printOutcome(outcome)), outcome);
    }
  });

  it("has room in a variable of the next run's environment, however long its message", () => {
    const printed = printOutcome({ ...full, message: "\u0001".repeat(1_000_000) });
    equal(Buffer.byteLength(printed) < variableBytes, true);
    match(parseOutcome("a", printed).message ?? "", /…$/);
  });

  it("may have keys of a later version", () => {
    deepEqual(parseOutcome("a", JSON.stringify({ ...full, weather: "fine" })), full);
  });

  const cut = printOutcome(full).slice(0, 40);
  const texts = {
    ...{ "an empty stdout": "", "a stdout that was cut": cut, "other words": "Killed", "no map": "[]" },
    "a status that is none": JSON.stringify({ ...full, status: "fine" }),
    "no seconds": '{"pi":"a","status":"built"}',
    "a phase that is none": JSON.stringify({ ...full, phase: "lunch" }),
  };
  for (const [what, stdout] of Object.entries(texts)) {
    it(`of ${what} is a failure of the Pi that was asked about`, () => {
      deepEqual(parseOutcome("b", stdout), {
        ...{ pi: "b", status: "failed", seconds: 0 },
        message: "the last run left no result: it was cancelled or killed",
      });
    });
  }

  it("from a stack's output may be anything", () => {
    for (const value of [undefined, null, "built", { status: "built" }])
      equal(outcomeFrom("b", value).status, "failed");
    deepEqual(outcomeFrom("b", full), full);
  });
});
