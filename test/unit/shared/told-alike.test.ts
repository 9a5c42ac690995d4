import { deepEqual } from "node:assert/strict";
import { groupText, tellAlike } from "../../../components/shared/told-alike.js";

const tell = (texts: Readonly<Record<string, string>>) =>
  tellAlike(
    Object.entries(texts).map(([name, text]) => ({ name, text })),
    {
      each: ({ name, text }) => `${name}: ${text}`,
      alike: (group) => `${groupText(group)}: ${group[0].text}`,
    },
  );
const path = (pi: number) => `/nix/store/${String(pi).repeat(32)}-nixos-system-pi-${pi}-26.05`;

describe("what is told of many Pis", () => {
  it("is told of each while they are few, and once of four", () => {
    deepEqual(tell({ a: "no", b: "no", c: "no" }), ["a: no", "b: no", "c: no"]);
    deepEqual(tell({ a: "no", b: "no", c: "no", d: "no" }), ["4 Pis, a, b, c, d; of a: no"]);
  });

  it("is the same but for the name, address, store path and amounts of each", () => {
    const of = (i: number) =>
      `pi-${i} (10.0.0.${i}, fd00::${i}) at pi-${i}.local wants ${path(i)}: ${i}.5 MiB, after ${i} s`;
    deepEqual(tell({ "pi-1": of(1), "pi-2": of(2), "pi-3": of(3), "pi-4": of(4) }), [
      `4 Pis, pi-1, pi-2, pi-3, pi-4; of pi-1: ${of(1)}`,
    ]);
  });

  it("is not the same when another number, unit or Pi is in it", () => {
    for (const of of [
      (i: number) => `exit code ${i}`,
      (i: number) => `unit-${i}.service failed`,
      (i: number) => `pi-${i + 4} failed`,
      (i: number) => `pi-${i}0 failed`,
      (i: number) => `api-${i} failed`,
      (i: number) => `the system is /nix/store/${"1".repeat(32)}-version-${i}`,
    ]) {
      const texts = { "pi-1": of(1), "pi-2": of(2), "pi-3": of(3), "pi-4": of(4) };
      deepEqual(
        tell(texts),
        Object.entries(texts).map(([name, text]) => `${name}: ${text}`),
      );
    }
  });

  it("comes in the order of the Pis, a group where its first one is", () => {
    deepEqual(tell({ x: "one", a: "no", y: "two", b: "no", c: "no", d: "no", z: "one" }), [
      ...["x: one", "4 Pis, a, b, c, d; of a: no", "y: two", "z: one"],
    ]);
  });

  it("names a Pi once", () => {
    const all = ["a", "a", "b", "b"].map((name) => ({ name, text: "no" }));
    deepEqual(tellAlike(all, { each: () => "", alike: groupText }), ["2 Pis, a, b; of a"]);
  });
});
