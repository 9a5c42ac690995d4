import { itRefusesHost } from "./refusals.js";

describe("the config of caches", () => {
  itRefusesHost({
    "a cache without its key": [
      { caches: [{ url: "https://x.cachix.org" }] },
      /caches\[0\]\.publicKey: is missing/,
    ],
    "a cache's key that was cut": [
      { caches: [{ url: "https://x.org", publicKey: "x-1:AAAA" }] },
      /44 characters/,
    ],
  });
});
