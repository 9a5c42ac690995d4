import { deepEqual } from "node:assert/strict";
import { secretChanges } from "../../../components/secrets/secret-changes.js";

describe("secrets", () => {
  it("that differ from what a Pi reports are named", () => {
    deepEqual(secretChanges({ a: "1", b: "2", c: "3", d: "4" }, { b: "2", c: "0", d: "altered", e: "5" }), [
      "a is new",
      "c changes",
      "d was altered or removed on the Pi",
      "e goes",
    ]);
  });
});
