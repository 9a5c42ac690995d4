import { deepEqual } from "node:assert/strict";
import { planText } from "../../../components/rollout/plan-text.js";
import type { Work } from "../../../components/rollout/work.js";

const waves = [
  { name: "wave 1 (canary)", pis: ["a"] },
  { name: "wave 2", pis: ["b", "c"] },
];
const change: Work = { kind: "change", lines: ["system: x => y"] };
const works = new Map(["a", "b", "c"].map((pi) => [pi, change] as const));

describe("the plan of a run", () => {
  const order = (limits: Parameters<typeof planText>[2], all = waves) => planText(all, works, limits)[0];
  const plain = "wave 1 (canary): a · wave 2: b, c";

  it("has the limits that bear on it, and no others", () => {
    deepEqual(order({}), plain);
    deepEqual(order({ parallel: 1, pause: 5 }), `${plain} (1 at once, 5 s between waves)`);
    deepEqual(order({ parallel: 2, pause: 0 }), plain);
    deepEqual(order({ parallel: 1, pause: 5 }, waves.slice(0, 1)), "wave 1 (canary): a");
  });

  it("has no lines when nothing changes", () => {
    deepEqual(planText([], new Map(), { pause: 5 }), []);
  });

  it("repeats a single line of packages, and names who has the same list", () => {
    const of = (packages: string[]): Work => ({ kind: "change", lines: [], packages });
    const told = planText(
      waves,
      new Map([
        ["a", of(["none"])],
        ["b", of(["none"])],
        ["c", of(["x: 1 → 2", "y: 1 → 2"])],
      ]),
      {},
    );
    deepEqual(told.slice(1), [
      ...["a", "  packages: none", "b", "  packages: none"],
      ...["c", "  packages: x: 1 → 2", "            y: 1 → 2"],
    ]);
  });
});
