import { deepEqual, equal, ok } from "node:assert/strict";
import { parseNetDev } from "../../../bench/counters.js";
import { replaceAddresses } from "../../../bench/link.js";

describe("the network that the bench looks at", () => {
  it("counts what each Pi's cable was sent", () => {
    const sent = parseNetDev(`Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  100       2    0    0    0     0          0         0      100       2    0    0    0     0       0          0
  lab0: 5500      30    0    0    0     0          0         0     7700      31    0    0    0     0       0          0
v-lab-01: 1200     10    0    0    0     0          0         0  9988776     11    0    0    0     0       0          0
 v-lab-02:1300     10    0    0    0     0          0         0     4321     11    0    0    0     0       0          0
`);
    deepEqual(
      [...sent],
      [
        ["lab-01", 9988776],
        ["lab-02", 4321],
      ],
    );
  });

  it("moves whole addresses behind the relay", () => {
    const hosts = "10.77.0.1 laptop\n10.77.0.11 lab-01\n10.77.0.110 lab-100\n";
    const moved = replaceAddresses(hosts, [
      { address: "10.77.0.11", relay: "10.77.1.11" },
      { address: "10.77.0.110", relay: "10.77.1.110" },
    ]);
    equal(moved, "10.77.0.1 laptop\n10.77.1.11 lab-01\n10.77.1.110 lab-100\n");
    ok(
      !replaceAddresses("10.77.0.119 x", [{ address: "10.77.0.11", relay: "10.77.1.11" }]).includes(
        "10.77.1",
      ),
    );
  });
});
