import { equal, match } from "node:assert/strict";
import { driftOf } from "../../../components/activation/drift.js";
import { parseStatus } from "../../../components/on-pi/status.js";

const [left, other, third] = ["/nix/store/left", "/nix/store/other", "/nix/store/third"];

/** A Pi on which the last `up` left `left`. */
function status(current: string, profile: string, lines: string[] = []) {
  const record = ["record.id=id", `record.system=${left}`, "record.machine=m"];
  return parseStatus(
    [...lines, `current=${current}`, `profile=${profile}`, "machine=m", ...record].join("\n"),
  );
}

describe("a Pi that differs from what the last `up` left", () => {
  const cases: [goal: "switch" | "boot", current: string, profile: string, drift: string | undefined][] = [
    ["switch", left, left, undefined],
    ["switch", other, other, `it runs ${other}, and the last \`up\` left ${left}`],
    ["switch", other, left, `it runs ${other}, and the last \`up\` left ${left}`],
    ["switch", left, other, `it runs ${left}, and would boot ${other} next`],
    ["boot", left, left, undefined],
    // Until its restart it runs what it ran.
    ["boot", other, left, undefined],
    ["boot", left, other, `it would boot ${other} next, and the last \`up\` left ${left}`],
    ["boot", third, other, `it would boot ${other} next, and the last \`up\` left ${left}`],
  ];
  for (const [goal, current, profile, drift] of cases) {
    it(`with goal ${goal}, running ${current} and booting ${profile}`, () => {
      equal(driftOf(goal, status(current, profile)), drift);
    });
  }

  it("is told by its card, whatever it runs", () => {
    for (const goal of ["switch", "boot"] as const)
      for (const system of [left, other])
        match(
          driftOf(goal, status(system, system, ["machine=n"])) ?? "",
          /^its machine-id is not the one of the last `up`: its card was cloned or restored, or its root is not kept/,
        );
  });

  it("is told by what was left half-way, beside what it runs", () => {
    const more = ["unfinished.since=12:00", "unfinished.holder=you", "unfinished.troubles=no"];
    match(
      driftOf("switch", status(other, left, more)) ?? "",
      /^it runs .*; its way back from the activation of 12:00 by you did not succeed: no\./,
    );
  });

  it("can't be told without a record", () => {
    equal(driftOf("switch", parseStatus(`current=${other}\nprofile=${third}\nmachine=m`)), undefined);
  });

  it("has the reason when it went back after a reboot, and only then", () => {
    const rebooted = (result: string) => [
      ...["rebooted.id=id", "rebooted.at=then", "rebooted.reason=no network", `rebooted.result=${result}`],
    ];
    const drift = `it runs ${other}, and the last \`up\` left ${left}`;
    equal(
      driftOf("switch", status(other, other, rebooted("returned"))),
      `${drift}. It went back after its reboot, then: no network`,
    );
    equal(driftOf("switch", status(other, other, rebooted("kept"))), drift);
    equal(driftOf("switch", status(left, left, rebooted("returned"))), undefined);
  });
});
