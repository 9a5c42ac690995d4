import { deepEqual } from "node:assert/strict";
import type { Outcome } from "../../../components/protocol/outcome.js";
import { withFormerLogins } from "../../../components/stack/former-logins.js";
import type { Destination, Target } from "../../../components/ssh/target.js";

const at = (port: number, former?: Destination[]): Target => ({
  ...{ name: "a", address: "a.local", user: "pi", port, hostKey: "ssh-ed25519 AAAA" },
  ...(former ? { former } : {}),
});
const login = (port: number): Destination => ({ address: "a.local", user: "pi", port });

/** The ports of the logins of before. */
function ports(wanted: number, last: Target | undefined, status?: Outcome["status"]) {
  const target = withFormerLogins(at(wanted), last, status && { status });
  return target.former?.map(({ port }) => port);
}

describe("the logins of before of a Pi", () => {
  it("are none when nothing changes, so that no input of an older stack differs", () => {
    deepEqual(withFormerLogins(at(22), at(22), { status: "converged" }), at(22));
    deepEqual(withFormerLogins(at(22), undefined, undefined), at(22));
  });

  it("are that of the last run when the login changes, and stay so", () => {
    deepEqual(withFormerLogins(at(23), at(22), { status: "converged" }), at(23, [login(22)]));
    deepEqual(ports(23, at(23, [login(22)]), "converged"), [22]);
    deepEqual(ports(23, at(23, [login(22)]), "failed"), [22]);
  });

  it("are without what the Pi has left long ago", () => {
    deepEqual(ports(24, at(23, [login(22)]), "converged"), [23]);
  });

  it("after a failure are all that the Pi may have, and never the wanted one", () => {
    deepEqual(ports(24, at(23, [login(22)]), "failed"), [23, 22]);
    deepEqual(ports(22, at(23, [login(22)]), "failed"), [23]);
    deepEqual(ports(9, at(5, [login(4), login(3), login(2)]), "failed"), [5, 4, 3]);
  });

  it("are none of a Pi that waits for its card", () => {
    deepEqual(ports(23, at(22), "awaiting flash"), undefined);
  });

  it("have no host key: one that config no longer names is not accepted", () => {
    const last = { ...at(22), hostKey: "ssh-ed25519 OLD" };
    deepEqual(withFormerLogins(at(23), last, { status: "converged" }), at(23, [login(22)]));
    deepEqual(withFormerLogins(at(22), last, { status: "converged" }), at(22));
  });
});
