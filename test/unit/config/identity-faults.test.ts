import { deepEqual, equal, match } from "node:assert/strict";
import { foldedAddress } from "../../../components/config/folded-address.js";
import { faultsOf, good, itRefuses, key } from "./refusals.js";

/** A config with the hosts `a` and `b`, and these options. */
const two = (a: object, b: object) => ({
  ...good,
  hosts: { a: { board: "pi4", ...a }, b: { board: "pi4", ...b } },
});
const hostKey = key.replace("me@laptop", "root@pi");

describe("two hosts that are one machine", () => {
  itRefuses({
    "one address": [
      two({ address: "10.0.0.1" }, { address: "10.0.0.1" }),
      /hosts\.b\.address: a has the same/,
    ],
    "one name in another case": [
      two({ address: "pi.lan" }, { address: "PI.lan" }),
      /hosts\.b\.address: a has the same address and port \(PI\.lan port 22\)/,
    ],
    "one name with a dot at its end": [
      two({ address: "pi.lan" }, { address: "pi.lan." }),
      /hosts\.b\.address/,
    ],
    "the default name of another": [two({}, { address: "A.local." }), /hosts\.b\.address: a has the same/],
    "one IPv6 address in two spellings": [
      two({ address: "fd00::1" }, { address: "FD00:0:0:0:0:0:0:1" }),
      /hosts\.b\.address: a has the same/,
    ],
    "one host key": [
      two({ hostKey }, { hostKey: `${hostKey} again` }),
      /hosts\.b\.hostKey: a has the same host key: they are one machine, or one card was copied/,
    ],
    "one static address": [
      two({ network: { address: "10.0.0.5/24" } }, { network: { address: "10.0.0.5/16" } }),
      /hosts\.b\.network\.address: a has the same address \(10\.0\.0\.5\)/,
    ],
    "one static address at two ports": [
      two({ network: { address: "10.0.0.5/24" } }, { port: 23, network: { address: "10.0.0.5/24" } }),
      /hosts\.b\.network\.address: a has the same address/,
    ],
    "the static address of another": [
      two({ network: { address: "10.0.0.5/24" } }, { address: "10.0.0.5" }),
      /hosts\.b\.address: a has the same address/,
    ],
  });

  it("are not two machines behind one address, told apart by their ports", () => {
    deepEqual(faultsOf(two({ address: "10.0.0.1", port: 2201 }, { address: "10.0.0.1", port: 2202 })), []);
  });

  it("are not a host and its own static address", () => {
    const network = { address: "10.0.0.5/24" };
    deepEqual(faultsOf(two({ address: "10.0.0.5", network }, { address: "10.0.0.6" })), []);
  });

  it("are found among hosts that are right when another part is not", () => {
    const faults = faultsOf({ ...two({ address: "pi.lan" }, { address: "PI.lan" }), waves: { size: 0 } });
    equal(faults.length, 2);
    match(faults.join(), /hosts\.b\.address: a has the same/);
  });
});

describe("a build host that is one of the hosts", () => {
  it("is allowed", () => {
    const hosts = { nas: { board: "virtual", hostKey }, a: { board: "pi4", buildHost: "box" } };
    const buildHosts = { box: { kind: "ssh", address: "nas.local", hostKey } };
    deepEqual(faultsOf({ ...good, hosts, buildHosts }), []);
  });
});

describe("the spelling of an address", () => {
  for (const [one, other] of [
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["fe80::1%eth0", "FE80:0::1%eth0"],
    ["Pi_4.Lan", "pi_4.lan"],
    ["0:0::1", "::1"],
  ] as const)
    it(`of ${one} is that of ${other}`, () => equal(foldedAddress(one), foldedAddress(other)));

  it("differs with the interface", () => {
    equal(foldedAddress("fe80::1%eth0") === foldedAddress("fe80::1%eth1"), false);
  });
});
