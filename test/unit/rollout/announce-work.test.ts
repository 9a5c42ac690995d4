import { equal } from "node:assert/strict";
import { printOutcome } from "../../../components/protocol/outcome.js";
import { buildFault } from "../../../components/rollout/announce-work.js";

describe("why a build failed", () => {
  it("is its message, or just that, or that it was cut short", () => {
    const failed = { pi: "a", status: "failed", seconds: 1 } as const;
    equal(buildFault("a", printOutcome({ ...failed, message: "no\nway" })), "no\nway");
    equal(buildFault("a", printOutcome(failed)), "the build failed");
    equal(buildFault("a", ""), "the last run left no result: it was cancelled or killed");
  });

  it("is empty when it did not", () => {
    equal(buildFault("a", printOutcome({ pi: "a", status: "built", message: "well", seconds: 1 })), "");
  });
});
