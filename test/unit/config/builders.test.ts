import { itRefusesHost } from "./refusals.js";

describe("the config of builders", () => {
  itRefusesHost({
    "a builder without a host key": [
      { builders: [{ kind: "ssh", host: "nas" }] },
      /builders\[0\]\.hostKey: is missing/,
    ],
  });
});
