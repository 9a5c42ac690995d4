import { equal } from "node:assert/strict";
import { countedNames, namesText } from "../../../components/shared/names-text.js";

const numbered = (from: number, to: number, width = 1) =>
  Array.from({ length: to - from + 1 }, (_, i) => `pi-${String(from + i).padStart(width, "0")}`);

describe("names in a row", () => {
  it("are all told when they are few", () => {
    equal(namesText(numbered(1, 5)), "pi-1, pi-2, pi-3, pi-4, pi-5");
    equal(namesText([]), "");
  });

  it("are told by the ends of their runs", () => {
    equal(namesText(numbered(1, 100)), "pi-1 … pi-100");
    equal(namesText(numbered(95, 102, 3)), "pi-095 … pi-102");
    equal(
      namesText(["door", ...numbered(1, 4), ...numbered(6, 7), "pi-09", "pi"]),
      "door, pi-1 … pi-4, pi-6, pi-7, pi-09, pi",
    );
  });

  it("are counted when no run makes them few", () => {
    const names = Array.from("abcdefghijklmnop");
    equal(namesText(names), "a, b, c, d, e, f, g, h, i, j and 6 more");
    equal(namesText([...names, ...numbered(1, 9)]), "a, b, c, d, e, f, g, h, i, j and 15 more");
  });

  it("have their number beside them when they are many", () => {
    equal(countedNames(numbered(1, 3)), "pi-1, pi-2, pi-3");
    equal(countedNames(numbered(1, 99)), "pi-1 … pi-99 (99)");
  });
});
