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

  it("of a hundred Pis that change alike fits a screen, and shows those apart that don't", () => {
    const all = Array.from({ length: 100 }, (_, i) => `pi-${i + 1}`);
    const path = (pi: string, of: string) => `/nix/store/${of.repeat(32)}-nixos-system-${pi}-26.05`;
    const change = (pi: string, packages = ["linux: 6.12.66 → 6.12.70", "openssl: 3 → 4"]): Work => ({
      kind: "change",
      lines: [
        `system: ${path(pi, "0")} => ${path(pi, "1")}`,
        `size: ${pi.length}.0 MiB on the card`,
        "no reboot",
      ],
      packages,
    });
    const works = new Map(all.map((pi) => [pi, change(pi, pi === "pi-50" ? ["hello: 1 → 2"] : undefined)]));
    const waves = [
      { name: "wave 1 (canary)", pis: all.slice(0, 1) },
      { name: "wave 2", pis: all.slice(1) },
    ];
    const of = (pi: string, packages: string[]) => [
      `  system: ${path(pi, "0")} => ${path(pi, "1")}`,
      ...[`  size: ${pi.length}.0 MiB on the card`, "  no reboot", ...packages],
    ];
    deepEqual(planText(waves, works, {}), [
      "wave 1 (canary): pi-1 · wave 2: pi-2 … pi-100 (99)",
      "99 Pis, pi-1 … pi-49, pi-51 … pi-100; of pi-1:",
      ...of("pi-1", ["  packages: linux: 6.12.66 → 6.12.70", "            openssl: 3 → 4"]),
      "pi-50",
      ...of("pi-50", ["  packages: hello: 1 → 2"]),
    ]);
  });
});
