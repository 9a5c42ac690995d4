import { deepEqual, doesNotMatch, equal, match, notEqual, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setUp } from "./plugin.js";
import type { Finished, Project } from "./project.js";
import { remote, secret } from "./spec.js";
import { SshServer } from "./ssh-server.js";

describe("conformance: remote.Command", function () {
  this.timeout(240_000);
  let project: Project;
  let server: SshServer;
  let other: SshServer;
  let created: Finished;
  let connection: object;
  before(async () => {
    project = await setUp();
    server = await SshServer.start({
      acceptEnv: ["TAKEN", "PULUMI_COMMAND_STDOUT"],
      password: "unique-password",
    });
    other = await SshServer.start();
    connection = {
      host: "127.0.0.1",
      port: server.port,
      user: "pi",
      privateKey: server.clientKey.private,
      hostKey: server.hostKey,
      dialErrorLimit: 1,
    };
    created = await project.up({ resources: changing("1") });
  });
  after(async () => {
    await project?.remove();
    await server?.stop();
    await other?.stop();
  });

  const changing = (value: string) => [
    remote("plain", { connection, create: "cat; echo err >&2; printf 'x\\n\\n'", stdin: `in${value}\n` }),
    remote("password", {
      connection: {
        host: "127.0.0.1",
        port: server.port,
        user: "pi",
        password: "unique-password",
        dialErrorLimit: 0,
      },
      create: "echo in",
    }),
    remote("environment", { connection, create: "echo $TAKEN", environment: { TAKEN: `taken${value}` } }),
    remote("previous", {
      connection,
      create: "echo first",
      update: "echo after $PULUMI_COMMAND_STDOUT",
      stdin: value,
    }),
    remote("trigger", { connection, create: "true", triggers: [value] }),
    remote("deleted", {
      connection,
      create: "echo d",
      delete: `cat > ${project.file("deleted")}`,
      stdin: `del${value}`,
    }),
    remote("quiet", { connection, create: "echo log-quiet", logging: "none" }),
    remote("loud", { connection, create: "echo log-loud" }),
  ];

  it("succeeds", () => equal(created.exitCode, 0, created.text));
  it("gives stdin and keeps both streams, each without one last newline", async () => {
    equal(await project.output("plain"), "in1\nx\n");
    equal(await project.output("plain", "stderr"), "err");
  });
  it("logs in with a password", async () => equal(await project.output("password"), "in"));
  it("sets variables that the server takes", async () =>
    equal(await project.output("environment"), "taken1"));
  it("shows output unless `logging` forbids it", () => {
    match(created.text, /\+.*log-loud/);
    doesNotMatch(created.text, /log-quiet/);
  });
  it("keeps the whole connection secret", async () => {
    const text = await project.stateText();
    for (const value of ["unique-password", "OPENSSH PRIVATE KEY", "127.0.0.1"])
      ok(!text.includes(value), value);
  });
  it("fills in the connection's defaults", async () => {
    const { connection } = (await project.state("password"))?.inputs as { connection: { plaintext: string } };
    const { user, perDialTimeout, dialErrorLimit } = JSON.parse(connection.plaintext) as Record<
      string,
      unknown
    >;
    deepEqual(
      { user, perDialTimeout, dialErrorLimit },
      { user: "pi", perDialTimeout: 15, dialErrorLimit: 0 },
    );
  });

  it("updates in place, and replaces only for triggers", async () => {
    const unchanged = await project.preview({ resources: changing("1") });
    deepEqual(unchanged.steps, []);
    const { steps } = await project.preview({ resources: changing("2") });
    const op = (name: string) =>
      steps.find(({ urn, op }) => urn.endsWith(`::${name}`) && !op.includes("-"))?.op;
    deepEqual(["plain", "environment", "trigger", "quiet"].map(op), [
      "update",
      "update",
      "replace",
      undefined,
    ]);
  });
  it("runs `update` with the last output, as far as the server takes it", async () => {
    const { exitCode, text } = await project.up({ resources: changing("2") });
    equal(exitCode, 0, text);
    equal(await project.output("previous"), "after first");
    equal(await project.output("plain"), "in2\nx\n");
  });
  it("warns when the server does not take the last output", () =>
    // `plain` has an earlier stderr, and PULUMI_COMMAND_STDERR is not accepted.
    project
      .up({ resources: changing("3") })
      .then(({ text }) => match(text, /warning: Unable to set 'PULUMI_COMMAND_STDERR'/)));
  it("updates for a changed connection", async () => {
    const resources = [remote("moved", { connection, create: "echo moved" })];
    await project.up({ resources }, "--target", "**moved");
    const moved = [
      remote("moved", { connection: { ...connection, perDialTimeout: 9 }, create: "echo moved" }),
    ];
    const { steps } = await project.preview({ resources: moved });
    equal(steps.find(({ urn }) => urn.endsWith("::moved"))?.op, "update");
  });
  it("runs `delete` with the old inputs", async () => {
    equal((await project.up({ resources: changing("4") })).exitCode, 0);
    const { exitCode, text } = await project.up({ resources: [] });
    equal(exitCode, 0, text);
    equal(await readFile(project.file("deleted"), "utf8"), "del4");
  });

  describe("when it fails", () => {
    let failed: Finished;
    before(async () => {
      const closed = { ...connection, port: 1 };
      failed = await project.up(
        {
          resources: [
            remote("status", {
              connection,
              create: "echo out; echo err >&2; exit 3",
              stdin: secret("unique-stdin"),
            }),
            remote("refused-variable", {
              connection,
              create: "echo ran > refused-ran",
              environment: { OTHER: "x" },
            }),
            remote("wrong-host-key", {
              connection: { ...connection, hostKey: other.hostKey },
              create: "true",
            }),
            remote("wrong-key", {
              connection: { ...connection, privateKey: other.clientKey.private },
              create: "true",
            }),
            remote("closed", { connection: { ...closed, dialErrorLimit: 2 }, create: "true" }),
            remote("closed-at-once", { connection: { ...closed, dialErrorLimit: 0 }, create: "true" }),
            remote("no-name", { connection: { ...connection, host: "nonexistent.invalid" }, create: "true" }),
            remote("bad-key", { connection: { ...connection, privateKey: "nonsense" }, create: "true" }),
            remote("bad-host-key", { connection: { ...connection, hostKey: "nonsense" }, create: "true" }),
          ],
        },
        "--continue-on-error",
      );
    });

    const REASONS: Record<string, RegExp> = {
      status:
        /Process exited with status 3: running "echo out; echo err >&2; exit 3":\s+(out\s+err|err\s+out)/,
      "refused-variable": /could not set environment variable "OTHER": ssh: setenv failed/,
      "wrong-host-key": /after 1 failed attempts: ssh: handshake failed: ssh: host key mismatch/,
      "wrong-key":
        /after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods \[none publickey\], no supported methods remain/,
      closed: /after 2 failed attempts: dial tcp 127\.0\.0\.1:1: connect: connection refused/,
      "closed-at-once": /after 0 failed attempts: dial tcp 127\.0\.0\.1:1: connect: connection refused/,
      "no-name": /after 1 failed attempts: dial tcp: lookup nonexistent\.invalid.*: no such host/,
      "bad-key": /error: ssh: no key found/,
      "bad-host-key": /failed to parse host key: ssh: no key found/,
    };
    it("fails the run", () => notEqual(failed.exitCode, 0));
    for (const [name, reason] of Object.entries(REASONS))
      it(`says why: ${name}`, () => match(failed.text, reason));
    it("does not run the command without its variables", async () =>
      notEqual(await readFile("refused-ran").catch(() => "no"), "ran\n"));
    it("shows no secret input", () => doesNotMatch(failed.text, /unique-stdin/));
  });
});
