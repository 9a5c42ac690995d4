import { equal, rejects } from "node:assert/strict";
import type { Observation } from "../../../components/on-pi/observe.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { Machines } from "../../../components/rollout/machines.js";

const [one, other] = ["a".repeat(32), "b".repeat(32)];
const seen = (machine: string): Observation => ({
  kind: "seen",
  status: parseStatus(`machine=${machine}\n`),
});

describe("the machines of a run", () => {
  it("are distinct once each was told of, also those that are off or unknown", async () => {
    const machines = new Machines(["a", "b", "c"]);
    let isClear = false;
    void machines.distinct.then(() => (isClear = true));
    machines.tell("a", seen(one));
    machines.tell("b", { kind: "off", message: "" });
    await new Promise(setImmediate);
    equal(isClear, false);
    machines.tell("c", undefined);
    await machines.distinct;
  });

  it("are refused when two Pis are one, with both names and what to do", async () => {
    const machines = new Machines(["a", "b", "c"]);
    machines.tell("c", seen(one));
    machines.tell("b", seen(other));
    machines.tell("a", seen(one));
    await rejects(machines.distinct, {
      message:
        /^a and c report one machine-id, aaaaaaaa…; nothing was touched\. If they are one machine, .* give c an id of its own/,
    });
  });

  it("are not told apart by what is no id", async () => {
    for (const machine of ["", "uninitialized"]) {
      const machines = new Machines(["a", "b"]);
      machines.tell("a", seen(machine));
      machines.tell("b", seen(machine));
      await machines.distinct;
    }
  });
});
