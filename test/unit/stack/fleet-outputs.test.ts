import { equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Outcome } from "../../../components/protocol/outcome.js";
import { stepVariables } from "../../../components/protocol/step-inputs.js";
import { failureLines } from "../../../components/stack/fleet-outputs.js";

const failed = (pi: string, message: string): Outcome => ({
  ...{ pi, status: "failed", phase: "copy", message, seconds: 1 },
});

describe("the failures of a run", () => {
  it("are a line each", () => {
    const ended: Outcome[] = [failed("a", "no way"), { pi: "b", status: "converged", seconds: 1 }];
    equal(failureLines(ended), "a: copy failed: no way");
  });

  it("of a hundred and twenty Pis are all told, in a variable that a process can be started with", () => {
    const all = Array.from({ length: 120 }, (_, i) => failed(`pi-${i}`, "ü".repeat(4000)));
    const FAILED = stepVariables.failed[1].encode(failureLines(all));
    const said = execFileSync("/bin/sh", ["-c", 'printf %s "$FAILED"'], { env: { FAILED } }).toString();
    equal(said.split("\n").length, 120);
    ok(said.includes("\npi-119: copy failed: ü"));
  });
});
