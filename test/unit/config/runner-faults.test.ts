import { good, itRefuses } from "./refusals.js";

const runner = { kind: "repository", repository: "o/r", name: "x" };

describe("the runners of a config", () => {
  itRefuses({
    "two runners of one name": [
      { ...good, hosts: { a: { board: "pi4", runner }, b: { board: "pi4", runner } } },
      /hosts\.b\.runner\.name: a has a runner of the same name/,
    ],
    "two runners of one name on one Pi, whomever they serve": [
      { ...good, hosts: { a: { board: "pi4", runner, runners: [{ ...runner, repository: "o/s" }] } } },
      /hosts\.a\.runners\[0\]\.name: two runners of one Pi have the same name/,
    ],
  });
});
