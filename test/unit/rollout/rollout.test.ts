import { deepEqual, equal, match } from "node:assert/strict";
import type { Outcome } from "../../../components/protocol/outcome.js";
import { Rollout, type RolloutArgs } from "../../../components/rollout/rollout.js";

const waves = [
  { name: "wave 1 (canary)", pis: ["a"] },
  { name: "wave 2", pis: ["b", "c"] },
  { name: "wave 3", pis: ["d"] },
];
const change = { kind: "change", lines: ["system: x => y"] } as const;

describe("the rollout", () => {
  let said: string[];

  beforeEach(() => {
    said = [];
  });

  it("lets nobody go before all have said what they have to do, and tells the plan first", async () => {
    const rollout = make();
    const gone = follow(rollout, "a", "b");
    for (const pi of ["a", "b", "c"]) rollout.announce(pi, change);
    await settled();
    deepEqual([said, gone], [[], []]);
    rollout.announce("d", { kind: "nothing" });
    await settled();
    equal(said[0], "wave 1 (canary): a · wave 2: b, c");
    deepEqual(gone, ["a: "]);
  });

  it("starts a wave when the one before has ended well", async () => {
    const rollout = announced(make());
    const gone = follow(rollout, "a", "b", "c", "d");
    await settled();
    deepEqual(gone, ["a: "]);
    rollout.end("a", outcome("a", "converged"));
    await settled();
    deepEqual(gone, ["a: ", "b: ", "c: "]);
    rollout.end("b", outcome("b", "already there"));
    await settled();
    equal(gone.length, 3);
    rollout.end("c", outcome("c", "converged"));
    await settled();
    equal(gone[3], "d: ");
  });

  it("holds back all waves after one that failed, naming who failed", async () => {
    const rollout = announced(make());
    const gone = follow(rollout, "b", "d");
    rollout.end("a", outcome("a", "failed"));
    await settled();
    const held = "held back: a failed in an earlier wave";
    deepEqual(gone, [`b: ${held}`, `d: ${held}`]);
  });

  it("neither waits for nor counts a Pi without a part in the run", async () => {
    const rollout = make();
    rollout.announce("a", { kind: "absent" });
    for (const pi of ["b", "c", "d"]) rollout.announce(pi, change);
    rollout.end("a", outcome("a", "failed"));
    equal(await rollout.turn("b"), undefined);
    equal(await rollout.turn("a"), undefined);
    equal(said[0], "wave 2: b, c · wave 3: d");
  });

  it("lets only so many of a wave work at once", async () => {
    const rollout = announced(make({ parallel: 1 }));
    const gone = follow(rollout, "a", "b", "c");
    rollout.end("a", outcome("a", "converged"));
    await settled();
    deepEqual(gone, ["a: ", "b: "]);
    rollout.end("b", outcome("b", "failed"));
    await settled();
    deepEqual(gone, ["a: ", "b: ", "c: "]);
    match(said[0] ?? "", / \(1 at once\)$/);
  });

  it("pauses after a wave that changed something, from its end on, and says so", async () => {
    const rollout = announced(make({ pause: 1 }));
    match(said[0] ?? "", / \(1 s between waves\)$/);
    rollout.end("a", outcome("a", "converged"));
    const since = Date.now();
    await rollout.turn("b");
    equal(Date.now() - since >= 990, true);
    match(said.join("\n"), /wave 1 \(canary\) is done; wave 2 begins in 1 s/);
  });

  it("does not pause after a wave that changed nothing", async () => {
    const rollout = announced(make({ pause: 86400 }));
    rollout.end("a", outcome("a", "already there"));
    equal(await rollout.turn("b"), undefined);
  });

  it("tells the same packages of several Pis once", () => {
    const rollout = make();
    const packages = ["linux: 1 → 2", "nix: 2 → 3"];
    for (const pi of ["a", "b"]) rollout.announce(pi, { ...change, packages });
    for (const pi of ["c", "d"]) rollout.announce(pi, { ...change, packages: ["none"] });
    deepEqual(said.slice(1, 8), [
      "a",
      "  system: x => y",
      "  packages: linux: 1 → 2",
      "            nix: 2 → 3",
      "b",
      "  system: x => y",
      "  packages: as a",
    ]);
    equal(said.at(-1), "  packages: none");
  });

  it("says nothing when nothing changes", () => {
    const rollout = make();
    for (const pi of ["a", "b", "c", "d"]) rollout.announce(pi, { kind: "nothing" });
    deepEqual(said, []);
  });

  function make(pace: Pick<RolloutArgs, "pause" | "parallel"> = {}): Rollout {
    return new Rollout({
      waves,
      ...pace,
      say: (lines) => {
        said.push(...lines);
        return Promise.resolve();
      },
    });
  }
});

function announced(rollout: Rollout): Rollout {
  for (const pi of ["a", "b", "c", "d"]) rollout.announce(pi, change);
  return rollout;
}

/** Collects whose turn it is. */
function follow(rollout: Rollout, ...pis: string[]): string[] {
  const gone: string[] = [];
  for (const pi of pis)
    void rollout.turn(pi).then((held) => gone.push(`${pi}: ${held ? `${held.kind}: ${held.message}` : ""}`));
  return gone;
}

function outcome(pi: string, status: Outcome["status"]): Outcome {
  return { pi, status, seconds: 1 };
}

/** Until all that can happen now has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
