import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { profileNames } from "../../../components/config/profiles.js";
import { itRefusesHost } from "./refusals.js";

describe("profiles", () => {
  it("are those of nix/profiles", () => {
    const files = readdirSync(new URL("../../../nix/profiles", import.meta.url));
    assert.deepEqual(files.map((file) => file.replace(/\.nix$/, "")).sort(), [...profileNames].sort());
  });

  itRefusesHost({
    "an unknown profile": [{ profiles: ["servr"] }, /profiles\[0\]: .*did you mean "server"/],
  });
});
