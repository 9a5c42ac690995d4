import { deepEqual, equal } from "node:assert/strict";
import type { Evaluation } from "../../../components/evaluation/toplevel.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import type { Outcome } from "../../../components/protocol/outcome.js";
import { workOf, type BuildEnd } from "../../../components/rollout/work.js";

const [wanted, other] = ["/nix/store/wanted", "/nix/store/other"];
const evaluation: Evaluation = {
  kind: "toplevel",
  drvPath: "x.drv",
  outPath: wanted,
  system: "aarch64-linux",
};
const convergence = { toplevel: wanted, id: "id", confirmed: false, remark: undefined };
const runs = (system: string) => ({ kind: "seen", status: parseStatus(`current=${system}`) }) as const;
const off = { kind: "off", message: "off" } as const;

describe("what a run has to do with a Pi", () => {
  const work = (seen: Parameters<typeof workOf>[2], last?: Partial<Outcome>, build?: BuildEnd) =>
    workOf(
      evaluation,
      convergence,
      seen,
      last && { pi: "a", status: "converged", seconds: 1, ...last },
      build,
    );
  const change = (line: string) => ({ kind: "change", lines: [line] });

  it("is nothing when it is where it should be, whatever its build", () => {
    const build = { convergence: "another", fault: "no" };
    deepEqual(workOf(evaluation, { ...convergence, confirmed: true }, runs(other), undefined, build), {
      kind: "nothing",
    });
  });

  it("is not known when --target left its build out, or it was never made", () => {
    for (const ranWith of ["of then", undefined])
      deepEqual(work(runs(other), {}, { convergence: ranWith, fault: "" }), { kind: "absent" });
  });

  it("has the reason when it can't be changed", () => {
    deepEqual(work(runs(other), {}, { convergence: "id", fault: "no" }), change("its build failed"));
    const failed = { kind: "failed", message: "error: x" } as const;
    const without = { ...convergence, toplevel: undefined };
    deepEqual(workOf(failed, without, off, undefined, undefined), change("its evaluation fails"));
  });

  it("is another system, of which more can be told", () => {
    for (const build of [undefined, { convergence: "id", fault: "" }]) {
      const told = work(runs(other), {}, build);
      equal(told.kind === "another system" && `${told.seen.current} ${told.toplevel}`, `${other} ${wanted}`);
    }
  });

  it("is said of a Pi that runs it, and of one that can't be read", () => {
    const rest = `system: ${wanted}, which it runs; what it boots, its secrets or its record are set right`;
    deepEqual(work(runs(wanted)), change(rest));
    const unread = change(`system: ${wanted}; what it runs could not be read`);
    deepEqual(work({ kind: "unreadable", message: "no" }), unread);
  });

  const pending: [what: string, last: Partial<Outcome> | undefined, isPending: boolean][] = [
    ["was never there", undefined, true],
    ["failed", { status: "failed", new: wanted }, true],
    ["got another system", { new: other }, true],
    ["got this system", { new: wanted }, false],
    ["told no system", {}, false],
  ];
  for (const [what, last, isPending] of pending) {
    it(`is ${isPending ? "to catch up" : "nothing"} when it is off and ${what}`, () => {
      const told = isPending ? change(`system: ${wanted}, when it can be reached`) : { kind: "nothing" };
      deepEqual(work(off, last), told);
    });
  }
});
