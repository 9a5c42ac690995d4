import { deepEqual, equal, throws } from "node:assert/strict";
import { activationFault } from "../../../components/protocol/activation-fault.js";

const { encode, decode } = activationFault;

describe("why an activation may not begin", () => {
  const messages = [
    "",
    "the build failed on nas: error: builder for '/nix/store/x.drv' failed",
    "two\nlines: held back: ",
  ];
  for (const kind of ["evaluation", "build", "held back"] as const) {
    it(`is "${kind}" and its message, with any colons and lines`, () => {
      for (const message of messages) {
        equal(encode({ kind, message }), `${kind}: ${message}`);
        deepEqual(decode(`${kind}: ${message}`), { kind, message });
      }
    });
  }

  it("is the empty text for no reason", () => {
    equal(encode(undefined), "");
    equal(decode(""), undefined);
  });

  it("has a kind that is known", () => {
    for (const text of ["reboot: x", "build", "build:x", " "])
      throws(() => decode(text), { name: "ZodError" });
  });
});
