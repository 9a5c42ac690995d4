import assert from "node:assert/strict";
import { onlyActivationWarnings } from "../../../components/config/only-activation.js";
import { hostOf, key } from "./refusals.js";

describe("sudo.onlyActivation", () => {
  it("warns where nobody is left who becomes root", () => {
    const beau = { keys: [key] };
    const hosts = {
      a: { sudo: { onlyActivation: true } },
      b: { sudo: { onlyActivation: true }, users: { beau: { ...beau, wheel: true } } },
      c: { sudo: { onlyActivation: true, wheelWithoutPassword: true }, users: { beau } },
      d: {
        sudo: { onlyActivation: true, wheelWithoutPassword: true },
        users: { beau: { ...beau, wheel: true } },
      },
      e: { sudo: { onlyActivation: false } },
      f: {},
    };
    const fleet = Object.fromEntries(Object.entries(hosts).map(([name, options]) => [name, hostOf(options)]));
    const warnings = onlyActivationWarnings(fleet);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^a, b, c: with sudo\.onlyActivation nobody becomes root there/);
    assert.deepEqual(onlyActivationWarnings({ d: fleet["d"]!, f: fleet["f"]! }), []);
  });
});
