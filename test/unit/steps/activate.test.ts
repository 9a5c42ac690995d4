import { deepEqual, rejects } from "node:assert/strict";
import type { ActivationFault } from "../../../components/protocol/activation-fault.js";
import { activateStep } from "../../../components/steps/activate.js";
import { quiet } from "../nix/quiet.js";
import { Recorder } from "../recorder.js";
import { command, timeouts } from "./command.js";

const flags = ["may-await-flash"];
const refused = "ssh: connect to host 10.0.0.9 port 22: Connection refused";

describe("the step activate", () => {
  quiet();
  const given = command();
  let recorder: Recorder;

  beforeEach(() => {
    // Its stdin stays open: the master of a connection ends by itself when it can't log in.
    recorder = new Recorder(["ssh"]);
    given.tells({
      ...{ pi: "pi", target: { name: "pi", address: "10.0.0.9", user: "pi" }, timeouts, idle: 10 },
      ...{ buildHost: { name: "local", config: { kind: "local" } }, toplevel: "/nix/store/new" },
      ...{ convergence: "id 1", activationFault: undefined, goal: "switch", health: { units: [] } },
      reboot: { when: "never", limit: 20, board: "pi4" },
    });
  });
  afterEach(() => recorder.remove());

  const faults: [ActivationFault["kind"], object][] = [
    ["evaluation", { phase: "evaluation", message: "why: it\nis" }],
    ["build", { phase: "build", message: "why: it\nis" }],
    // It failed in no phase of its own.
    ["held back", { message: "held back: why: it\nis" }],
  ];
  for (const [kind, told] of faults) {
    it(`does nothing with the fault "${kind}", and says it`, async () => {
      given.tells({ activationFault: { kind, message: "why: it\nis" } });
      deepEqual(await activateStep({ secrets: {}, flags }), { status: "failed", ...told });
      deepEqual(recorder.calls(), []);
    });
  }

  it("waits for the card of a Pi that was never there", async () => {
    recorder.answer("ssh", { reads: false, exitCode: 255, stderr: refused });
    deepEqual(await activateStep({ secrets: {}, flags }), { status: "awaiting flash" });
  });

  it("fails to connect to a Pi that was there, or needs no card", async () => {
    recorder.answer("ssh", { reads: false, exitCode: 255, stderr: refused });
    const fault = { phase: "connect", message: `pi (10.0.0.9) can't be reached: ${refused}` };
    await rejects(activateStep({ secrets: {}, flags: [] }), fault);
    given.endedWith({ status: "converged" });
    await rejects(activateStep({ secrets: {}, flags }), fault);
  });

  it("fails at a Pi that answers and lets nobody in, card or not", async () => {
    recorder.answer("ssh", {
      reads: false,
      exitCode: 255,
      stderr: "pi@10.0.0.9: Permission denied (publickey).",
    });
    await rejects(activateStep({ secrets: {}, flags }), { phase: "connect", message: /does not let pi in/ });
  });

  it("is told of a system, or why there is none", async () => {
    given.tells({ toplevel: undefined });
    await rejects(activateStep({ secrets: {}, flags }), /neither a toplevel nor a reason/);
  });
});
