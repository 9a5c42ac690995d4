import { deepEqual } from "node:assert/strict";
import { outcomeAfterRun } from "../../../components/convergence/outcome-after-run.js";
import { printOutcome, type Outcome } from "../../../components/protocol/outcome.js";

const failed: Outcome = { pi: "a", status: "failed", phase: "copy", message: "no", seconds: 3 };
const converged: Outcome = { pi: "a", status: "converged", new: "/nix/store/n", seconds: 3 };
const seen = { old: "/nix/store/n", new: "/nix/store/n" };

describe("how a Pi stands after a run", () => {
  const after = (stdout: string | undefined, confirmed: boolean, ranWith?: string) =>
    outcomeAfterRun("a", stdout, { id: "id", confirmed }, ranWith, seen);

  it("is as its Command says, with the id that it ran with", () => {
    deepEqual(after(printOutcome(converged), false, "id"), { ...converged, convergence: "id" });
    deepEqual(after(printOutcome(failed), false, "id"), { ...failed, convergence: "id" });
  });

  it("is as the last run left it when --target did not run its Command, with the id of then", () => {
    deepEqual(after(printOutcome(converged), false, "of then"), { ...converged, convergence: "of then" });
  });

  it("has the id of now when the Command tells none", () => {
    deepEqual(after(printOutcome(converged), true), { ...converged, convergence: "id" });
  });

  it("is well when the program saw it where it should be, whatever failed before", () => {
    const well = { pi: "a", status: "already there", ...seen, convergence: "id", seconds: 0 };
    for (const stdout of [printOutcome(failed), "", "Killed"])
      deepEqual(after(stdout, true, "of then"), well);
  });

  it("is a failure when its step left no outcome", () => {
    deepEqual(after("", false, "id"), {
      ...{ pi: "a", status: "failed", seconds: 0, convergence: "id" },
      message: "the last run left no result: it was cancelled or killed",
    });
  });

  it("is left out when its Command was never made", () => {
    for (const confirmed of [true, false])
      deepEqual(after(undefined, confirmed, "id"), { pi: "a", status: "left out", seconds: 0 });
  });
});
