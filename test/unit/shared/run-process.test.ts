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

  it("gives programs nothing that the engine put into the environment, which has the stack's secrets in clear", async () => {
    const engines = {
      PULUMI_CONFIG: '{"pi-fleet:secrets":"hunter2"}',
      PULUMI_CONFIG_PASSPHRASE: "hunter2",
      PULUMI_ACCESS_TOKEN: "hunter2",
    };
    Object.assign(process.env, engines);
    try {
      const { stdout } = await runProcess("env", []);
      match(stdout, /^PATH=/m);
      equal(/hunter2|PULUMI/.exec(stdout)?.[0], undefined);
      const started = startProcess("env", [], { onOutputLine: () => undefined });
      equal(/hunter2|PULUMI/.exec((await started.ended).stdout)?.[0], undefined);
      match((await runProcess("env", [], { isEngine: true })).stdout, /^PULUMI_CONFIG_PASSPHRASE=hunter2$/m);
    } finally {
      for (const name of Object.keys(engines)) delete process.env[name];
    }
  });

  it("does not wait for a process that its program left behind with its pipes", async () => {
    const started = Date.now();
    const { exitCode, stdout } = await sh("sleep 60 & echo $!; exit 3");
    process.kill(Number(stdout));
    deepEqual([exitCode, Date.now() - started < 20_000], [3, true]);
    const late = await sh("sleep 60 & echo $!; wait", { timeoutSeconds: 0.2, killAfterSeconds: 0.1 });
    process.kill(Number(late.stdout));
    deepEqual([late.ending, Date.now() - started < 40_000], ["timed out", true]);
  }).timeout(60_000);

  it("keeps the end of a long stderr and says so, and takes no endless answer", async () => {
    const { stderr, exitCode } = await sh(
      "yes 0123456789 | head -n 30000 >&2; echo 'error: why' >&2; exit 1",
    );
    equal(exitCode, 1);
    deepEqual(
      [stderr.slice(0, 30), stderr.slice(-10), stderr.length < 210_000],
      ["[130011 characters left out]\n2", "error: why", true],
    );
    const endless = await sh("exec yes 0123456789012345678901234567890123456789");
    deepEqual(
      [endless.ending, endless.exitCode, endless.reason],
      ["stopped", undefined, "sh said more than 32000000 characters, which can be no answer"],
    );
  });

  it("tells a line without an end in pieces", async () => {
    const lines: string[] = [];
    await sh("head -c 20000 /dev/zero | tr '\\0' x >&2", { onLine: (line: string) => lines.push(line) });
    deepEqual(
      lines.map(({ length }) => length),
      [8000, 8000, 4000],
    );
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
