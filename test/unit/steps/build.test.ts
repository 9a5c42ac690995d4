import { deepEqual, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildStep } from "../../../components/steps/build.js";
import { flakes } from "../nix/command-lines.js";
import { quiet } from "../nix/quiet.js";
import { Recorder } from "../recorder.js";
import { command, timeouts } from "./command.js";

describe("the step build", () => {
  quiet();
  const given = command();
  let recorder: Recorder;
  let state: string;

  beforeEach(() => {
    recorder = new Recorder(["nix"]);
    state = mkdtempSync(join(tmpdir(), "build-step-"));
    given.set({ XDG_STATE_HOME: state });
    given.tells({
      ...{ pi: "a", buildHost: { name: "local", config: { kind: "local" } }, timeouts },
      ...{ drv: "/nix/store/1.drv", toplevel: "/nix/store/1", evaluationFault: "" },
    });
  });
  afterEach(() => {
    recorder.remove();
    rmSync(state, { recursive: true });
  });

  const root = () => join(state, "pi-fleet/roots/a");
  const argvs = () => recorder.calls().map(({ argv }) => argv.slice(flakes.length));

  it("builds, and signs only with a key", async () => {
    recorder.answer("nix");
    deepEqual(await buildStep({ secrets: {}, flags: [] }), { status: "built" });
    const built = ["build", "/nix/store/1.drv^out", "--out-link", root()];
    deepEqual(argvs(), [built]);
    await buildStep({ secrets: { signingKey: "k:e" }, flags: [] });
    const signed = ["store", "sign", "--recursive", "--key-file", "/dev/stdin", "/nix/store/1"];
    deepEqual(argvs(), [built, built, signed]);
  });

  it("signs nothing that could not be built", async () => {
    recorder.answer("nix", { exitCode: 1, stderr: "error: no" });
    await rejects(buildStep({ secrets: { signingKey: "k:e" }, flags: [] }), { phase: "build" });
    deepEqual(argvs().length, 1);
  });

  for (const missing of ["drv", "toplevel"]) {
    it(`says why the evaluation failed, without ${missing}`, async () => {
      given.tells({ [missing]: undefined, evaluationFault: "error: attribute 'x' missing" });
      deepEqual(await buildStep({ secrets: { signingKey: "k:e" }, flags: [] }), {
        ...{ status: "failed", phase: "evaluation", message: "error: attribute 'x' missing" },
      });
      deepEqual(recorder.calls(), []);
    });
  }
});
