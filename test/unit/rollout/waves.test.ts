import { deepEqual } from "node:assert/strict";
import { wavesOf } from "../../../components/rollout/waves.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { flat, good } from "../config/refusals.js";

describe("waves", () => {
  it("puts the canaries first and the rest in batches", () => {
    const hosts = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, { board: "pi4" }]));
    const { fleet } = parseFleetConfig(flat({ ...good, hosts, waves: { canary: ["c"], size: 2 } }));
    deepEqual(wavesOf(fleet), [
      { name: "wave 1 (canary)", pis: ["c"] },
      { name: "wave 2", pis: ["a", "b"] },
      { name: "wave 3", pis: ["d"] },
    ]);
  });
});
