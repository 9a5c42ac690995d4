import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { resolve } from "node:path";
import { execa } from "execa";
import { parseOutcome } from "../../../components/protocol/outcome.js";
import { environmentOf, timeouts } from "./command.js";

// As a Command starts it: step-command.ts.
describe("a step's process", function () {
  this.timeout(30_000);
  const checkout = resolve(import.meta.dirname, "../../..");

  const step = (words: string[], env: Record<string, string> = {}, input = "") =>
    execa(process.execPath, ["--input-type=module", "-e", 'import "pi-fleet/step"', ...words], {
      ...{ cwd: checkout, env, input, reject: false },
    });

  const activation = environmentOf({
    ...{ pi: "a", target: { name: "a", address: "127.0.0.1" }, timeouts, toplevel: "/nix/store/1", idle: 1 },
    ...{ buildHost: { name: "local", config: { kind: "local" } }, convergence: "id", goal: "switch" },
    ...{ health: { units: [] }, reboot: { when: "never", limit: 20, board: "pi4" } },
    activationFault: { kind: "build", message: "no: way" },
  });

  it("ends well though its step failed, with the outcome alone on stdout", async () => {
    const secrets = JSON.stringify({ deployKey: "SECRET", githubToken: "SECRET" });
    const { exitCode, stdout, stderr } = await step(["activate", "may-await-flash"], activation, secrets);
    equal(exitCode, 0, stderr);
    const { seconds, ...outcome } = parseOutcome("other", stdout);
    deepEqual(outcome, { pi: "a", status: "failed", phase: "build", message: "no: way" });
    equal(seconds >= 0, true);
    match(stderr, /^ *[\d.]+ s {2}a: build failed: no: way$/);
    doesNotMatch(stdout + stderr, /SECRET/);
  });

  it("ends well after a mistake of ours, and says where it is", async () => {
    const { exitCode, stdout } = await step(["activate"], { ...activation, FAULT: "", GOAL: "lunch" });
    equal(exitCode, 0);
    const { status, phase, message = "" } = parseOutcome("other", stdout);
    deepEqual([status, phase], ["failed", undefined]);
    match(message, /the step's GOAL is of a form that this version does not know: lunch\n +at /);
  });

  it("fails without a word of secrets that it can't read", async () => {
    const { exitCode, stdout, stderr } = await step(["activate"], activation, '{"deployKey":"SECRET');
    deepEqual([exitCode, stdout], [1, ""]);
    match(stderr, /the secrets on stdin are of a form that this version does not know/);
    doesNotMatch(stderr, /SECRET/);
  });

  it("fails when there is no such step, or no Pi", async () => {
    const [unknown, nobody] = await Promise.all([step(["activat"], activation), step(["build"])]);
    deepEqual([unknown.exitCode, unknown.stdout, nobody.exitCode, nobody.stdout], [1, "", 1, ""]);
    match(unknown.stderr, /there is no step "activat"/);
    match(nobody.stderr, /the step was started without PI:/);
  });

  it("is the verdict's, which alone fails a run", async () => {
    const [bad, good] = await Promise.all([
      step(["verdict"], { FAILED: "a: copy failed" }),
      step(["verdict"], { FAILED: "" }),
    ]);
    deepEqual([bad.exitCode, bad.stdout], [1, ""]);
    match(bad.stderr, /^a: copy failed\n/);
    deepEqual([good.exitCode, good.stdout, good.stderr], [0, "", ""]);
  });
});
