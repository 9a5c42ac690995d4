import { deepEqual } from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { Remarks } from "../../../components/stack/remarks.js";

// A resource is only handed on.
const resource = (name: string) => name as unknown as pulumi.Resource;

describe("what is remarked on the Pis of a run", () => {
  let said: string[];
  beforeEach(() => (said = []));
  const remarksOn = (pis: readonly string[]) =>
    new Remarks(pis, resource("the fleet"), (text, on) => {
      said.push(`${on as unknown as string}: ${text}`);
      return Promise.resolve();
    });
  const off = (pi: string) => `${pi} (${pi}.local) can't be reached: No route to host`;

  it("is told of each of three Pis on itself, once all are known", () => {
    const remarks = remarksOn(["a", "b", "c"]);
    remarks.take("c", off("c"), resource("Pi c"));
    remarks.take("b", undefined, resource("Pi b"));
    deepEqual(said, []);
    remarks.take("a", off("a"), resource("Pi a"));
    deepEqual(said, [`Pi a: ${off("a")}`, `Pi c: ${off("c")}`]);
  });

  it("is told once of all of a hundred Pis that are off, and apart of one that drifted", () => {
    const pis = Array.from({ length: 100 }, (_, i) => `pi-${i + 1}`);
    const remarks = remarksOn(pis);
    for (const pi of pis.toReversed())
      remarks.take(pi, pi === "pi-7" ? "pi-7 drifted: it runs x" : off(pi), resource(`Pi ${pi}`));
    deepEqual(said, [
      `the fleet: 99 Pis, pi-1 … pi-6, pi-8 … pi-100; of pi-1: ${off("pi-1")}`,
      "Pi pi-7: pi-7 drifted: it runs x",
    ]);
  });
});
