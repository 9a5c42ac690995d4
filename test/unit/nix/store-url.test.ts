import { equal } from "node:assert/strict";
import { storeUrl } from "../../../components/nix/store-url.js";

describe("the URL of a host's Nix store", () => {
  for (const [address, url] of [
    ["pi.lan", "ssh-ng://pi@pi.lan"],
    ["::1", "ssh-ng://pi@[::1]"],
    ["fe80::1%eth0", "ssh-ng://pi@[fe80::1%eth0]"],
  ] as const)
    it(`for ${address}`, () => equal(storeUrl({ name: "a", user: "pi", address }), url));

  it("without a user", () => equal(storeUrl({ name: "a", address: "fd00::1" }), "ssh-ng://[fd00::1]"));
});
