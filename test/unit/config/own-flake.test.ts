import { itRefusesHost } from "./refusals.js";

describe("the config of a flake of one's own", () => {
  itRefusesHost({
    "an output in a flake reference": [
      { flake: { ref: "github:me/config#pi" } },
      /flake\.ref: a flake reference without #/,
    ],
  });
});
