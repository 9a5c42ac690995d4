import { deepEqual, equal } from "node:assert/strict";
import { parseOnly } from "../../../components/config/only.js";
import { chosenOf, leftOutLine } from "../../../components/rollout/limited-run.js";

const hosts = { a: { tags: ["bench"] }, b: { tags: [] }, c: { tags: ["bench", "old"] } };
const all = { hosts: [], tags: [] };

describe("a run limited to some Pis", () => {
  it("is all of them when nothing is named", () => {
    deepEqual(chosenOf(all, hosts), ["a", "b", "c"]);
    equal(leftOutLine({ hosts, only: all }, ["a", "b", "c"], { pis: {} }), "");
  });

  it("takes names and tags, in the order of config", () => {
    deepEqual(chosenOf(parseOnly("tag:old,b"), hosts), ["b", "c"]);
  });

  it("says who is left out, and what was pending there", () => {
    const only = parseOnly("tag:old");
    const last = { pis: { a: { pi: "a", status: "failed", seconds: 1 } as const } };
    equal(
      leftOutLine({ hosts, only }, ["c"], last),
      "only tag:old. Left out: a, b (2 of 3); with a change pending since the last run: a",
    );
  });
});
