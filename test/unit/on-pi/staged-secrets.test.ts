import { deepEqual, equal, match } from "node:assert/strict";
import { staged } from "../../../components/on-pi/staged-secrets.js";
import { delivery } from "../secrets/stack-secrets.js";

describe("stack secrets", () => {
  it("are handed over as lines of words, whatever is in them", () => {
    const text = staged("id 1", delivery({ secrets: { token: {} } }, { token: "a b\n'$(x)" }));
    const [first, second, ...rest] = text.split("\n");
    equal(first, "for id 1");
    match(second!, /^file token [0-9a-f]{16} root root 0400 [A-Za-z0-9+/=]+$/);
    equal(Buffer.from(second!.split(" ")[6]!, "base64").toString(), "a b\n'$(x)");
    deepEqual(rest, ["end", ""]);
  });
});
