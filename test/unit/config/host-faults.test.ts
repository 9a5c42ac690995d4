import assert from "node:assert/strict";
import { hostRefusal, itRefusesHost, key } from "./refusals.js";

const flake = { ref: "github:me/config" };

describe("a host's options together", () => {
  itRefusesHost({
    "a restricted deploy user who is root": [
      { user: "root", sudo: { onlyActivation: true } },
      /hosts\.a\.sudo\.onlyActivation: root may do everything: give the Pi a `user` who is not root/,
    ],
    "an account of the deploy user's name": [
      { users: { pi: { keys: [key] } } },
      /users\.pi: this is the user that deploys/,
    ],
    "a person with root's account": [
      { users: { root: { keys: [key] } } },
      /users\.root: the system itself has this account: .*; to deploy as root, say user: root\./,
    ],
    "a person with an account of a service": [
      { users: { "systemd-network": { keys: [key] } } },
      /users\.systemd-network: the system itself has this account: give the person another one\./,
    ],
    "a runner on a board that GitHub's runner is not built for": [
      { board: "pi2", runner: { kind: "repository", repository: "o/r" } },
      /hosts\.a\.runner: a pi2 can't be a runner: GitHub's runner is not built for armv7l/,
    ],
    "further runners on such a board": [
      { board: "pi2", runners: [{ kind: "repository", repository: "o/r", name: "b" }] },
      /hosts\.a\.runners: a pi2 can't be a runner/,
    ],
    "a swap larger than the card": [
      { lowMemory: { swapFileMiB: 20000 }, storage: { cardGiB: 16 } },
      /lowMemory\.swapFileMiB: more than half of a card of 16 GiB/,
    ],
    "emulation of itself": [
      { serve: { keys: [key], emulate: ["aarch64-linux"] } },
      /is aarch64-linux itself/,
    ],
    "no place to build": [{ base: { localJobs: 0 } }, /base\.localJobs: 0 needs builders/],
    "a static address without its interface where it has no fixed name": [
      { board: "pi3", network: { address: "10.0.0.2/24" } },
      /network\.interface: a static address on a pi3 needs its interface/,
    ],
    "a cross build on its own system": [
      { crossFrom: "aarch64-linux" },
      /crossFrom: a pi4 is aarch64-linux itself/,
    ],
    "options of ours beside a flake of one's own": [
      { flake, lowMemory: {} },
      /lowMemory: this Pi has a flake of its own/,
    ],
    "a restricted deploy user in a flake of one's own": [
      { flake, sudo: { onlyActivation: true } },
      /hosts\.a\.sudo: this Pi has a flake of its own/,
    ],
    "an encrypted file for a flake of one's own": [
      { flake, secrets: { token: { age: "secrets/token.age" } } },
      /hosts\.a\.secrets: this Pi has a flake of its own/,
    ],
  });

  it("let root have all of sudo", () => {
    assert.equal(hostRefusal({ user: "root", sudo: { onlyActivation: false } }), "");
  });

  it("may say beside a flake of one's own what only the deployer reads, and what is the default", () => {
    const deployers = { address: "a", user: "me", port: 23, tags: ["bench"], goal: "boot" };
    const defaults = { modules: [], profiles: [], settings: {}, network: { mdns: true }, runners: [] };
    assert.equal(hostRefusal({ flake, ...deployers, ...defaults }), "");
  });
});
