import { equal, throws } from "node:assert/strict";
import { chooseGeneration } from "../../../components/by-hand/rollback.js";
import { parseGenerations } from "../../../components/on-pi/list-generations.js";

const made = "2026-11-21T16:16Z";
// The newest first. 5 was set and not booted; 4 runs; 3 is the same system as 4.
const generations = parseGenerations(
  [
    `5 ${made} /nix/store/e default`,
    `4 ${made} /nix/store/d running booted`,
    `3 ${made} /nix/store/d`,
    `2 ${made} /nix/store/b`,
    `1 ${made} /nix/store/a`,
    "",
  ].join("\n"),
);
const choose = (number?: string, all = generations) => chooseGeneration("lab-a", all, number).number;

describe("a rollback goes to", () => {
  it("the newest system before the running one that is another", () => {
    equal(choose(), "2");
  });

  it("the generation of a number, also a newer one or the running one", () => {
    for (const number of ["5", "4", "1"]) equal(choose(number), number);
  });

  it("nothing that is not there", () => {
    throws(() => choose("12"), {
      ...{ name: "UserError", message: "lab-a has no generation 12. There are: 5, 4, 3, 2, 1" },
    });
    throws(() => choose(undefined, generations.slice(0, 3)), {
      ...{ name: "UserError" },
      message: "lab-a has no generation before the running one. There are: 5, 4, 3",
    });
  });
});
