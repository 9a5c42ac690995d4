import { deepEqual, equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Outcome } from "../../../components/protocol/outcome.js";
import { stepVariables } from "../../../components/protocol/step-inputs.js";
import { variableBytes } from "../../../components/shared/cut-text.js";
import { failureLines, summaryLine } from "../../../components/stack/fleet-outputs.js";

const failed = (pi: string, message: string): Outcome => ({
  ...{ pi, status: "failed", phase: "copy", message, seconds: 1 },
});

const pis = (count: number) =>
  Array.from({ length: count }, (_, i) => `pi-${String(i + 1).padStart(3, "0")}`);
const off = (pi: string): Outcome => ({
  ...failed(
    pi,
    `${pi} (10.0.0.${Number(pi.slice(3))}) can't be reached: ssh: connect to host ${pi} port 22: No route to host`,
  ),
  phase: "connect",
});

describe("the failures of a run", () => {
  it("are a line each", () => {
    const ended: Outcome[] = [failed("a", "no way"), { pi: "b", status: "converged", seconds: 1 }];
    equal(failureLines(ended), "a: copy failed: no way");
  });

  it("of three Pis are a line each, also when they are the same", () => {
    deepEqual(
      failureLines(pis(3).map(off)).split("\n"),
      pis(3).map((pi) => `${pi}: connect failed: ${off(pi).message}`),
    );
  });

  it("of a hundred Pis are a line for each reason, with the names and one advice", () => {
    const all = pis(100);
    const ended = [
      ...all.slice(0, 27).map(off),
      failed("pi-028", "its disk is full"),
      ...all.slice(28, 60).map((pi): Outcome => ({ pi, status: "converged", seconds: 1 })),
      ...all.slice(60).map((pi) => ({ ...off(pi), phase: undefined, message: "held back: pi-028 failed" })),
    ];
    deepEqual(failureLines(ended).split("\n"), [
      "connect failed on 27 Pis, pi-001 … pi-027; of pi-001: pi-001 (10.0.0.1) can't be reached: ssh: connect to host " +
        "pi-001 port 22: No route to host",
      "pi-028: copy failed: its disk is full",
      "failed on 40 Pis, pi-061 … pi-100; of pi-061: held back: pi-028 failed",
      "Each by itself: npm run pi -- report",
    ]);
  });

  it("of a hundred and twenty Pis are all told, in a variable that a process can be started with", () => {
    const all = Array.from({ length: 120 }, (_, i) => failed(`pi-${i}`, `no ${i} ${"ü".repeat(4000)}`));
    const FAILED = stepVariables.failed[1].encode(failureLines(all));
    const said = execFileSync("/bin/sh", ["-c", 'printf %s "$FAILED"'], { env: { FAILED } }).toString();
    equal(said.split("\n").length, 120);
    ok(said.includes("\npi-119: copy failed: no 119 ü"));
    const alike = pis(4).map((pi) => failed(pi, "x".repeat(variableBytes)));
    ok(Buffer.byteLength(failureLines(alike)) <= variableBytes);
  });
});

describe("how a fleet stands", () => {
  const stand = (status: Outcome["status"], names: string[]) =>
    names.map((pi): [string, Outcome] => [pi, { pi, status, seconds: 1 }]);

  it("is a line, with the names of those that need something", () => {
    const all = pis(100);
    const outcomes = Object.fromEntries([
      ...stand("failed", all.slice(0, 27)),
      ...stand("converged", all.slice(27, 90)),
      ...stand("awaiting flash", all.slice(90, 92)),
      ...stand("already there", all.slice(92)),
    ]);
    equal(
      summaryLine(outcomes),
      "63 converged; 8 already there; 27 failed: pi-001 … pi-027; 2 awaiting flash: pi-091, pi-092",
    );
    equal(summaryLine(Object.fromEntries(stand("converged", ["a"]))), "1 converged");
    equal(summaryLine({}), "no Pi");
  });
});
