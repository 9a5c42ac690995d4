import { good, itRefuses } from "./refusals.js";

describe("the config of a network", () => {
  itRefuses({
    "an address that is none": [
      { ...good, hosts: { a: { board: "pi4", network: { address: "192.168.1.300/24" } } } },
      /hosts\.a\.network\.address: an IPv4 address with its prefix/,
    ],
  });
});
