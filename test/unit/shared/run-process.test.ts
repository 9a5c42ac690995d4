import { deepEqual, equal, match } from "node:assert/strict";
import { runProcess, startProcess } from "../../../components/shared/run-process.js";

const sh = (script: string, options = {}) => runProcess("sh", ["-c", script], options);

describe("runProcess", () => {
  it("gives back how a program ended, whatever its exit code", async () => {
    deepEqual(await sh("echo out; echo err >&2; exit 255"), {
      ...{ exitCode: 255, ending: "exited", stdout: "out", stderr: "err", reason: "" },
    });
  });

  it("tells a program that is not there from one that failed", async () => {
    const { ending, exitCode, reason } = await runProcess("no-such-program", []);
    deepEqual([ending, exitCode, reason], ["not found", undefined, "spawn no-such-program ENOENT"]);
    deepEqual(
      [(await sh("no-such-program")).ending, (await sh("no-such-program")).exitCode],
      ["exited", 127],
    );
  });

  it("gives its input, and nothing without one", async () => {
    equal((await sh("cat", { input: "a secret" })).stdout, "a secret");
    equal((await sh("cat; readlink /proc/self/fd/0")).stdout, "/dev/null");
  });

  it("has programs speak English, unless it is told otherwise, and keeps the rest of the environment", async () => {
    process.env["LC_ALL"] = "de_DE.UTF-8";
    try {
      equal((await sh('echo "$LC_ALL ${PATH:+path}"')).stdout, "C path");
      equal((await sh('echo "$LC_ALL $A"', { env: { LC_ALL: "fr", A: "b" } })).stdout, "fr b");
    } finally {
      delete process.env["LC_ALL"];
    }
  });

  it("calls back with each line of stderr that is not blank, also an unfinished one", async () => {
    const lines: string[] = [];
    const script = "printf 'one\\n\\ntw\\303' >&2; printf '\\251\\nthree' >&2; echo out";
    const { stderr } = await sh(script, { onLine: (line: string) => lines.push(line) });
    deepEqual(lines, ["one", "twé", "three"]);
    equal(stderr, "one\n\ntwé\nthree");
  });

  it("ends a program at its time limit, and one that does not heed that a little later", async () => {
    equal((await sh("exec sleep 60", { timeoutSeconds: 0.2 })).ending, "timed out");
    const stubborn = "trap '' TERM; while :; do sleep 0.05; done";
    const { ending, reason } = await sh(stubborn, { timeoutSeconds: 0.3, killAfterSeconds: 0.1 });
    deepEqual([ending, reason], ["timed out", "sh was ended by SIGKILL"]);
  });

  it("is no success when a program that is ended at its time limit exits with 0", async () => {
    const { exitCode, ending } = await sh("trap 'kill $!; exit 0' TERM; sleep 60 & wait", {
      ...{ timeoutSeconds: 0.3, killAfterSeconds: 60 },
    });
    deepEqual([exitCode, ending], [undefined, "timed out"]);
  });

  it("says when a program was stopped by others", async () => {
    const killed = await sh("kill -9 $$");
    deepEqual([killed.ending, killed.reason], ["stopped", "sh was ended by SIGKILL"]);
    const aborted = await sh("exec sleep 60", { signal: AbortSignal.timeout(100) });
    equal(aborted.ending, "stopped");
    match(aborted.reason, /aborted/);
  });
});

describe("startProcess", () => {
  it("hears a program while its input is open, and ends the input", async () => {
    let heard = (_line: string) => {};
    const first = new Promise<string>((resolve) => (heard = resolve));
    const child = startProcess("sh", ["-c", "echo hello; cat; echo bye"], {
      onOutputLine: (line) => heard(line),
    });
    equal(await first, "hello");
    child.closeInput();
    const { exitCode, stdout } = await child.ended;
    deepEqual([exitCode, stdout], [0, "hello\nbye"]);
  });
});
