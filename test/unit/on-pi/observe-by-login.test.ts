import { deepEqual, equal } from "node:assert/strict";
import { observeByLogin } from "../../../components/on-pi/observe-by-login.js";
import { RunnerOnPi } from "../../../components/on-pi/runner-on-pi.js";
import type { RunnerSpec } from "../../../components/protocol/runner-spec.js";
import { SshSession } from "../../../components/ssh/session.js";
import type { Target } from "../../../components/ssh/target.js";
import { Recorder } from "../recorder.js";

const destinations = (recorder: Recorder) =>
  recorder.calls().map(({ argv }) => argv[argv.indexOf("--") - 1] ?? "");
const refusal = "Permission denied (publickey).";

const target: Target = {
  ...{ name: "a", address: "10.0.0.9", user: "beau" },
  former: [{ address: "10.0.0.9", user: "pi", port: 22 }],
};

describe("a Pi that may have a login of before", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["ssh"])));
  afterEach(() => recorder.remove());

  const ask = () =>
    SshSession.with({ target, connectSeconds: 5 }, (session) => observeByLogin(session, target, 5));

  it("is asked by the wanted one alone when that works", async () => {
    recorder.answer("ssh", { stdout: "current=/nix/store/x\n" });
    const seen = await ask();
    deepEqual([seen.kind, destinations(recorder)], ["seen", ["beau@10.0.0.9"]]);
    equal("former" in seen, false);
  });

  it("is asked by that one then, and it is told", async () => {
    recorder.answer("ssh", { when: "beau@", exitCode: 255, stderr: refusal });
    recorder.answer("ssh", { when: "pi@10.0.0.9", stdout: "current=/nix/store/x\n" });
    const seen = await ask();
    deepEqual(destinations(recorder), ["beau@10.0.0.9", "pi@10.0.0.9"]);
    equal(seen.kind === "seen" && seen.status.current, "/nix/store/x");
    equal(seen.kind === "seen" && seen.former?.login.user, "pi");
  });

  it("that answers by none is as the wanted one says", async () => {
    recorder.answer("ssh", { when: "beau@", exitCode: 255, stderr: refusal });
    recorder.answer("ssh", { exitCode: 255, stderr: "ssh: connect to host x port 22: Connection refused" });
    equal((await ask()).kind, "unreadable");
  });

  it("has its runner's verbs run by the one that works", async () => {
    recorder.answer("ssh", { when: "beau@", exitCode: 255, stderr: refusal });
    recorder.answer("ssh", { when: "pi@10.0.0.9", stdout: "unit=yes\n" });
    const spec = { name: "r" } as RunnerSpec;
    await RunnerOnPi.with(undefined, target, { connect: 5 }, spec, (onPi) => onPi.stop());
    deepEqual(destinations(recorder), ["beau@10.0.0.9", "pi@10.0.0.9", "pi@10.0.0.9"]);
  });
});
