import { deepEqual, equal, match } from "node:assert/strict";
import { host } from "../../../components/config/host.js";
import { runnerConvergence, type Listing } from "../../../components/convergence/runner-convergence.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { runnersOf } from "../../../components/runners/runner-spec.js";

const repository = { kind: "repository", repository: "o/r" } as const;

describe("how a runner stands", () => {
  const [spec] = runnersOf("a", host.parse({ board: "pi4", runner: repository }));
  const seen = (registration: string) => ({
    kind: "seen" as const,
    status: parseStatus(`current=/x\nregistered.a=${registration} 7 of yesterday, seen 2026`),
  });
  const listing = (status: "online" | "offline", id = 7): Listing => ({
    kind: "listed",
    runners: [{ id, name: "a", status, busy: false, labels: [] }],
    releases: [],
  });
  const standing = (registration: string, listed: Listing) =>
    runnerConvergence("a", spec!, seen(registration), undefined, listed, "now");

  it("gives back what the Pi reports while all is well, or GitHub can't be asked", () => {
    for (const listed of [
      listing("online"),
      { kind: "not asked" } as const,
      { kind: "unknown", message: "no answer" } as const,
    ]) {
      const { id, confirmed } = standing(spec!.registration, listed);
      deepEqual([id, confirmed], ["of yesterday, seen 2026", true]);
    }
  });

  it("knows a runner that registers anew by itself by its name", () => {
    const [again] = runnersOf("a", host.parse({ board: "pi4", runner: { ...repository, ephemeral: true } }));
    const look = (listed: Listing) =>
      runnerConvergence("a", again!, seen(again!.registration), undefined, listed, "now");
    equal(look(listing("online", 8)).confirmed, true);
    match(look({ kind: "listed", runners: [], releases: [] }).remark ?? "", /no runner a with the id 7/);
  });

  it("gives a just-in-time runner another job only after the one it had", () => {
    const status = parseStatus("current=/x\nspent.a=yes");
    const look = (listed: Listing) =>
      runnerConvergence("a", spec!, { kind: "seen", status }, undefined, listed, "now");
    match(
      look({ kind: "not asked" }).remark ?? "",
      /a has done its one job, and `pulumi up` gives it another/,
    );
  });

  it("shows with a GitHub App what the Pi says", () => {
    const notAsked = { kind: "not asked" } as const;
    match(standing("0123", notAsked).id, /other labels, group, name or url/);
    const gone = { kind: "seen" as const, status: parseStatus("current=/x") };
    match(
      runnerConvergence("a", spec!, gone, undefined, notAsked, "now").id,
      /a is not registered from this Pi/,
    );
  });

  it("waits while its Pi is off, unless the last run failed", () => {
    const off = { kind: "off", message: "no route" } as const;
    const after = (status: "converged" | "failed") => {
      const last = { pi: "a", status, seconds: 1, convergence: "of yesterday" } as const;
      return runnerConvergence("a", spec!, off, last, { kind: "not asked" }, "now").id;
    };
    equal(after("converged"), "of yesterday");
    equal(after("failed"), "a is to be looked at again, seen now");
  });

  it("names each drift", () => {
    match(standing("0123", listing("online")).id, /other labels, group, name or url/);
    match(standing(spec!.registration, listing("offline")).remark ?? "", /lists a as offline/);
    match(standing(spec!.registration, listing("online", 8)).remark ?? "", /no runner a with the id 7/);
  });
});
