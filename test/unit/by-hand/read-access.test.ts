import { deepEqual, doesNotMatch, rejects } from "node:assert/strict";
import { inspect } from "node:util";
import { readAccess } from "../../../components/by-hand/read-access.js";
import { Recorder } from "../recorder.js";

describe("what the verbs by hand reach Pis with", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["pulumi"])));
  afterEach(() => recorder.remove());

  it("is the secret output of the selected stack", async () => {
    recorder.answer("pulumi", { stdout: '{"deployKey":"k","pis":{}}' });
    deepEqual(await readAccess(), { deployKey: "k", pis: {} });
    const argv = ["stack", "output", "access", "--show-secrets", "--json", "--non-interactive"];
    deepEqual(recorder.call().argv, argv);
  });

  it("is nothing without a stack, in the engine's words", async () => {
    recorder.answer("pulumi", { exitCode: 255, stderr: "error: no stack selected\n" });
    await rejects(readAccess(), {
      name: "UserError",
      message: "The stack has no Pis to reach yet (pulumi up makes them): error: no stack selected",
    });
  });

  it("is nothing without an engine", async () => {
    recorder.remove();
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      await rejects(readAccess(), /^UserError: The stack has no Pis.*: there is no pulumi on PATH\.$/);
    } finally {
      process.env["PATH"] = path;
      recorder = new Recorder(["pulumi"]);
    }
  });

  for (const stdout of ["", "SECRET", '{"deployKey":"SECRET"', '{"deployKey":"SECRET","pis":{"a":1}}']) {
    it(`is not repeated when it is "${stdout}"`, async () => {
      recorder.answer("pulumi", { stdout });
      await rejects(readAccess(), (error: Error) => {
        doesNotMatch(inspect(error, { depth: 9 }), /SECRET/);
        const told =
          "The stack's output `access` is of a form that this version does not know: pulumi up writes";
        return error.name === "UserError" && error.message.startsWith(told);
      });
    });
  }
});
