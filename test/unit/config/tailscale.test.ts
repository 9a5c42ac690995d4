import { itRefusesHost } from "./refusals.js";

describe("the config of a tailnet", () => {
  itRefusesHost({
    "a key of a tailnet, which it does not repeat": [
      { network: { tailscale: { authKey: "tskey-1" } } },
      /^(?!.*tskey-1).*is a secret/s,
    ],
  });
});
