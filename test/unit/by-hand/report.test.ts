import { equal } from "node:assert/strict";
import { showReport } from "../../../components/by-hand/report.js";
import type { StackOutputs } from "../../../components/by-hand/stack-outputs.js";
import { saidBy } from "./said-by.js";

describe("the report of the last run", () => {
  const [before, after] = ["/nix/store/1-nixos-a", "/nix/store/2-nixos-a"];
  const outputs: Pick<StackOutputs, "pis" | "runners"> = {
    pis: {
      a: {
        ...{ pi: "a", status: "converged", old: before, new: after, seconds: 12.3, convergence: "id" },
        runners: ["github-runner-a active running"],
      },
      b: { pi: "b", status: "already there", old: after, new: after, seconds: 0 },
      c: { pi: "c", status: "failed", phase: "connect", message: "no answer\ntry again", seconds: 5 },
      d: { pi: "d", status: "awaiting flash", seconds: 1 },
    },
    runners: {
      "a-two": {
        ...{ pi: "a", status: "converged", seconds: 2 },
        registration: {
          ...{ id: 1, scope: "repos/me/it", name: "two", activity: "idle", version: "2.331.0" },
          labels: ["pi", "usb"],
        },
      },
      c: { pi: "c", status: "failed", phase: "runner", message: "GitHub is away", seconds: 1 },
    },
  };
  const told = async (name?: string) =>
    (await saidBy(".", () => Promise.resolve(showReport(outputs, name)))).stdout;

  const ofC = `c: failed at connect, in 5 s
  no answer
  try again
  runner c: failed at runner, in 1 s
    GitHub is away`;

  it("has all that is known of each Pi and its runners", async () => {
    equal(
      await told(),
      `a: converged, in 12.3 s
  system: ${before} => ${after}
  github-runner-a active running
  runner a-two: converged, in 2 s
    two of repos/me/it: idle, version 2.331.0, labels pi, usb
b: already there
  system: ${after}
${ofC}
d: awaiting flash, in 1 s`,
    );
  });

  it("may be of one Pi", async () => equal(await told("c"), ofC));
});
