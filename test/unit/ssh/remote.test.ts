import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { connect } from "../../../components/ssh/connection.js";
import { remote } from "../../../components/ssh/remote.js";
import { SshSession } from "../../../components/ssh/session.js";
import { SshError } from "../../../components/ssh/ssh-error.js";
import { type Target } from "../../../components/ssh/target.js";
import { Recorder } from "../recorder.js";
import * as options from "../ssh-options.js";
import { newSshKeys } from "../../ssh-keys.js";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const pinned: Target = { name: "pi-a", address: "192.0.2.7", user: "pi", hostKey };
const always = options.always(7);
const pin = options.pin("pi-a", "SESSION/0.known");
const { ours, fresh } = options;
const byAgent = options.byAgent("SESSION/agent");
const privateKey = newSshKeys().private;

describe("ssh's command line", () => {
  let recorder: Recorder;
  const usersAgent = process.env["SSH_AUTH_SOCK"];

  beforeEach(() => {
    recorder = new Recorder(["ssh"]);
    delete process.env["SSH_AUTH_SOCK"];
  });
  afterEach(() => {
    recorder.remove();
    if (usersAgent === undefined) delete process.env["SSH_AUTH_SOCK"];
    else process.env["SSH_AUTH_SOCK"] = usersAgent;
  });

  const log = (target: Target, key?: string) => ({ target, privateKey: key, connectSeconds: 7 });
  const run = (target: Target, key?: string, shared = false) =>
    SshSession.with(log(target, key), (session) =>
      remote(session, target, ["sh", "-s", "--", "it's"], { input: "echo", timeoutSeconds: 20, shared }),
    );

  it("for a pinned host: its key alone is taken, over a fresh connection", async () => {
    recorder.answer("ssh", { stdout: "out\n", stderr: "err\n", exitCode: 3 });
    deepEqual(await run(pinned), { exitCode: 3, stdout: "out", stderr: "err" });
    deepEqual(recorder.call(), {
      program: "ssh",
      argv: [...always, ...pin, ...ours, ...fresh, "pi@192.0.2.7", "--", "sh -s -- 'it'\\''s'"],
      stdin: "echo",
      env: { LC_ALL: "C" },
    });
  });

  it("for a host without a pinned key: the user's known_hosts decides", async () => {
    recorder.answer("ssh");
    await run({ name: "nas", address: "nas.local" });
    deepEqual(recorder.call().argv, [
      ...[...always, ...ours, ...fresh],
      ...["nas.local", "--", "sh -s -- 'it'\\''s'"],
    ]);
  });

  it("for a host with a port", async () => {
    recorder.answer("ssh");
    await run({ ...pinned, port: 2222 });
    deepEqual(recorder.call().argv, [
      ...[...always, ...pin, "-p", "2222", ...ours, ...fresh],
      ...["pi@192.0.2.7", "--", "sh -s -- 'it'\\''s'"],
    ]);
  });

  it("with a key: it is offered by an agent, and is nowhere in the command", async () => {
    recorder.answer("ssh");
    await run(pinned, privateKey);
    const { argv, env } = recorder.call();
    deepEqual(argv, [
      ...[...byAgent, ...always, ...pin, ...ours, ...fresh],
      ...["pi@192.0.2.7", "--", "sh -s -- 'it'\\''s'"],
    ]);
    deepEqual(env, { LC_ALL: "C" });
  });

  it("with a key that the host refuses: as the person logs in, and from then on so", async () => {
    const refusal = "pi@192.0.2.7: Permission denied (publickey).\n";
    recorder.answer("ssh", { when: "IdentityAgent=", exitCode: 255, stderr: refusal });
    recorder.answer("ssh");
    await SshSession.with(log(pinned, privateKey), async (session) => {
      for (let time = 0; time < 2; time++) await remote(session, pinned, ["true"], { timeoutSeconds: 20 });
    });
    const byKey = recorder.calls().map(({ argv }) => argv.includes("IdentityAgent=SESSION/agent"));
    deepEqual(byKey, [true, false, false]);
  });

  it("over the shared connection", async () => {
    recorder.answer("ssh");
    await run(pinned, undefined, true);
    deepEqual(recorder.call().argv, [
      ...[...always, ...pin, ...ours, "-o", "ControlPath=SESSION/0.ctl"],
      ...["pi@192.0.2.7", "--", "sh -s -- 'it'\\''s'"],
    ]);
  });

  it("of the shared connection itself, which stays until it is closed", async () => {
    recorder.answer("ssh", { stdout: "connected\n" });
    await SshSession.with(log(pinned), async (session) => {
      const connection = await connect(session, pinned);
      deepEqual(recorder.calls(), []);
      await connection.close();
    });
    deepEqual(recorder.call(), {
      program: "ssh",
      argv: [
        ...["-o", "ControlMaster=yes", "-o", "ControlPath=SESSION/0.ctl", ...always, ...pin, ...ours],
        ...["pi@192.0.2.7", "--", "echo connected; exec cat"],
      ],
      stdin: "",
      env: { LC_ALL: "C" },
    });
  });

  it("of a shared connection that fails is explained by what ssh says", async () => {
    const stderr = "ssh: connect to host 192.0.2.7 port 22: Connection refused\r\n";
    recorder.answer("ssh", { exitCode: 255, stderr, reads: false });
    await SshSession.with(log(pinned), (session) =>
      rejects(connect(session, pinned), {
        name: "SshError",
        reason: "unreachable",
        message:
          "pi-a (192.0.2.7) can't be reached: ssh: connect to host 192.0.2.7 port 22: Connection refused",
      }),
    );
  });

  it("pins by a file that lasts as long as the session", async () => {
    let file = "";
    await SshSession.with(log(pinned, privateKey), async (session) => {
      file = /UserKnownHostsFile=(.*)/.exec(session.options(pinned).join("\n"))?.[1] ?? "";
      equal(await readFile(file, "utf8"), `pi-a ${hostKey}\n`);
      equal(existsSync(session.agentSocket ?? ""), true);
    });
    equal(existsSync(file), false);
  });

  describe("that forwards an agent", () => {
    const nas: Target = { name: "nas", address: "nas.local" };
    const forward = (key: string | undefined) =>
      SshSession.with(log(pinned, key), (piSession) =>
        SshSession.with(log(nas), (session) =>
          remote(session, nas, ["true"], { timeoutSeconds: 20, forward: piSession }),
        ),
      );
    const end = ["nas.local", "--", "true"];

    beforeEach(() => recorder.answer("ssh"));

    it("names the session's, and has SSH_AUTH_SOCK lead to it when the user has none", async () => {
      await forward(privateKey);
      deepEqual(recorder.call(), {
        program: "ssh",
        argv: ["-o", "ForwardAgent=SESSION/agent", ...always, ...ours, ...fresh, ...end],
        stdin: "",
        env: { LC_ALL: "C", SSH_AUTH_SOCK: "SESSION/agent" },
      });
    });

    it("leaves SSH_AUTH_SOCK when it leads somewhere, and not when it leads nowhere", async () => {
      process.env["SSH_AUTH_SOCK"] = "/dev/null";
      await forward(privateKey);
      process.env["SSH_AUTH_SOCK"] = "/nowhere/agent";
      await forward(privateKey);
      deepEqual(
        recorder.calls().map(({ env }) => env["SSH_AUTH_SOCK"]),
        ["/dev/null", "SESSION/agent"],
      );
    });

    it("takes the user's when the session has no key", async () => {
      process.env["SSH_AUTH_SOCK"] = "/nowhere/agent";
      await forward(undefined);
      const { argv, env } = recorder.call();
      deepEqual(argv, ["-o", "ForwardAgent=yes", ...always, ...ours, ...fresh, ...end]);
      equal(env["SSH_AUTH_SOCK"], "/nowhere/agent");
    });
  });

  it("that ends with 255 is ssh's own failure", async () => {
    recorder.answer("ssh", { exitCode: 255, stderr: "pi@192.0.2.7: Permission denied (publickey)." });
    await rejects(run(pinned), { name: "SshError", reason: "refused login" });
  });

  it("that takes too long is a lost connection", async () => {
    recorder.answer("ssh", { stdout: "waits\n" });
    await SshSession.with(log(pinned), (session) =>
      rejects(remote(session, pinned, ["true"], { input: "", timeoutSeconds: 0.001 }), {
        name: "SshError",
        reason: "lost",
        message: "pi-a (192.0.2.7) gave no answer within 0.001 s",
      }),
    );
  });

  it("without ssh on this machine says so", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      await rejects(run(pinned), (error: unknown) => {
        match((error as SshError).message, /^ssh to pi-a .* fails: there is no `ssh` on this machine/);
        return error instanceof SshError;
      });
    } finally {
      process.env["PATH"] = path;
    }
  });

  const refusal = async (answer: Parameters<Recorder["answer"]>[1]) => {
    recorder.answer("ssh", { raw: true, ...answer });
    const error = await run(pinned).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    equal(error instanceof SshError, true, String(error));
    return [(error as SshError).reason, (error as SshError).message];
  };

  it("whose answer has no end is a lost connection, and nothing of it counts", async () => {
    const begun = "--- pi-fleet: the answer begins ---\ncurrent=/nix/store/a\n";
    deepEqual(
      await refusal({ stdout: begun, exitCode: 255, stderr: "Connection reset by 192.0.2.7 port 22" }),
      ["lost", "pi-a (192.0.2.7) began to answer and did not end: Connection reset by 192.0.2.7 port 22"],
    );
  });

  it("that the login shell does not run is told with the shell's words, not as a host that is off", async () => {
    deepEqual(await refusal({ stdout: "This account is currently not available.\n", exitCode: 1 }), [
      "unknown",
      "pi-a (192.0.2.7): the login shell of pi did not run our command, which sh and dd run (exit code 1), and says: " +
        "This account is currently not available.",
    ]);
  });

  it("passes on the far command's stderr line by line", async () => {
    recorder.answer("ssh", { stderr: "one\n\ntwo\n" });
    const lines: string[] = [];
    await SshSession.with(log(pinned), (session) =>
      remote(session, pinned, ["true"], { timeoutSeconds: 20, onLine: (line) => lines.push(line) }),
    );
    deepEqual(lines, ["one", "two"]);
  });
});
