import { deepEqual, equal, match } from "node:assert/strict";
import { resolve } from "node:path";
import { execa } from "execa";
import { helpText } from "../../../components/by-hand/help.js";
import { Recorder } from "../recorder.js";
import { timeouts } from "../steps/command.js";

const pi = {
  ...{ target: { name: "lab-a", address: "127.0.0.1" }, timeouts, goal: "switch", health: { units: [] } },
  ...{ reboot: { when: "never", limit: 20, board: "pi4" }, idle: 600 },
};
const access = {
  deployKey: "",
  pis: { "lab-a": pi, bench: { ...pi, target: { name: "bench", address: "x" } } },
};

describe("pi-fleet", function () {
  this.timeout(30_000);
  let recorder: Recorder;
  beforeEach(() => {
    recorder = new Recorder(["pulumi", "ssh"]);
    recorder.answer("pulumi", { when: "stack output access", stdout: JSON.stringify(access) });
  });
  afterEach(() => recorder.remove());

  const call = (...words: string[]) =>
    execa(process.execPath, [resolve(import.meta.dirname, "../../../pi.js"), ...words], {
      ...{ reject: false, stdin: "ignore", env: { npm_lifecycle_event: "pi" } },
    });

  const refused = async (words: string[], told: string | RegExp, asks = 0) => {
    const { exitCode, stdout, stderr } = await call(...words);
    deepEqual([exitCode, stdout, recorder.calls().length], [1, "", asks], stderr);
    if (typeof told === "string") equal(stderr, told);
    else match(stderr, told);
  };

  it("without a verb tells what there is, and asks nobody", async () => {
    for (const words of [[], ["--help"], ["flash", "pi4", "--help"], ["doctor", "-h"]]) {
      const { exitCode, stdout } = await call(...words);
      deepEqual([exitCode, stdout], [0, helpText("npm run pi --")]);
    }
    deepEqual(recorder.calls(), []);
  });

  it("knows what a verb with a typo was to be", () =>
    refused(["staus"], `There is no verb "staus" — did you mean "status"?\n\n${helpText("npm run pi --")}`));

  it("takes no name of an object's own method for a verb", () => refused(["toString"], /^There is no verb/));

  it("refuses words that a verb does not take, before it asks anybody", () =>
    refused(
      ["rollback", "lab-a", "3", "now", "please"],
      /^rollback does not take "now please"\.\n\nnpm run pi -- /,
    ));

  it("wants the name of a Pi, and lists them", () =>
    refused(["reboot"], "reboot needs the name of a Pi. There are: lab-a, bench", 1));

  it("knows which Pi a name with a typo was to be", () =>
    refused(["test", "lab-b"], 'There is no Pi "lab-b" — did you mean "lab-a"? There are: lab-a, bench', 1));

  it("reports without asking a Pi, and knows a name with a typo", async () => {
    const pis = { bench: { pi: "bench", status: "converged", seconds: 1 } };
    recorder.answer("pulumi", { when: "stack output --show-secrets", stdout: JSON.stringify({ pis }) });
    const { exitCode, stdout } = await call("report", "bench");
    deepEqual([exitCode, stdout], [0, "bench: converged, in 1 s"]);
    await refused(["report", "bensh"], /^There is no Pi "bensh" — did you mean "bench"\?/, 2);
  });

  it("says what the way to a Pi says", async () => {
    recorder.answer("ssh", {
      exitCode: 255,
      stderr: "ssh: connect to host x: Connection refused",
      reads: false,
    });
    await refused(
      ["generations", "bench"],
      "bench (x) can't be reached: ssh: connect to host x: Connection refused",
      2,
    );
  });

  it("shows the generations of a Pi, the newest first", async () => {
    recorder.answer("ssh", { when: "exec cat", stdout: "connected\n" });
    recorder.answer("ssh", {
      stdout: "2 2026-11-21T16:16Z /nix/store/b running default\n1 2026-11-20T16:16Z /nix/store/a\n",
    });
    const { exitCode, stdout, stderr } = await call("generations", "lab-a");
    equal(exitCode, 0, stderr);
    const lines = stdout.split("\n").map((line) => line.trimEnd());
    deepEqual(lines, [
      "2  2026-11-21T16:16Z  /nix/store/b  running, default",
      "1  2026-11-20T16:16Z  /nix/store/a",
    ]);
  });
});
