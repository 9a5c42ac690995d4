import { deepEqual, throws } from "node:assert/strict";
import { access, type Access } from "../../../components/protocol/access.js";

const timeouts = { probe: 3, connect: 15, build: 21600, copy: 3600, activate: 300, confirm: 60 };
const pi: Access["pis"][string] = {
  target: { name: "a", address: "10.0.0.9", user: "pi", port: 22, hostKey: "ssh-ed25519 AAAA" },
  timeouts,
  goal: "boot",
  health: { units: ["sshd.service"], check: "true" },
  reboot: { when: "never", limit: 300, board: "pi4" },
  idle: 600,
};
const written: Access = { deployKey: "k", signingKey: "s", pis: { a: pi } };

describe("the stack's output `access`", () => {
  it("is read as it was written", () => {
    deepEqual(access.parse(JSON.parse(JSON.stringify(written))), written);
    const unsigned = { deployKey: "k", pis: {} };
    deepEqual(access.parse(unsigned), unsigned);
  });

  it("of an older stack has the defaults of limits that it did not know", () => {
    const older = { ...written, pis: { a: { ...pi, timeouts: { probe: 3 } } } };
    deepEqual(access.parse(older), written);
  });

  it("is none without a Pi's address, goal or board", () => {
    const others = [
      { ...pi, target: { name: "a" } },
      { ...pi, goal: "test" },
      { ...pi, reboot: { ...pi.reboot, board: undefined } },
    ];
    for (const other of others)
      throws(() => access.parse({ ...written, pis: { a: other } }), { name: "ZodError" });
  });
});
