import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setUp } from "./plugin.js";
import type { Finished, Project } from "./project.js";
import { local, secret } from "./spec.js";

describe("conformance: local.Command, when it fails", function () {
  this.timeout(240_000);
  let project: Project;
  let failed: Finished;
  const failing: Record<string, object> = {
    status: { create: 'echo out; echo err >&2; exit 3 # "é\t' },
    "no-program": { create: "true", interpreter: ["nonexistent-program"] },
    "no-file": { create: "true", interpreter: ["/nonexistent/program"] },
    "no-dir": { create: "true", dir: "/nonexistent/dir" },
    killed: { create: "kill -9 $$" },
    terminated: { create: "kill -15 $$" },
    "timed-out": { create: "echo before; exec sleep 30" },
    "not-utf8": { create: "printf '\\377'" },
    "user-signal": { create: "kill -USR1 $$" },
    silent: { create: "echo hidden; exit 1", logging: "none" },
    "secret-input": {
      create: "exit 1",
      stdin: secret("secret-stdin"),
      environment: { S: secret("secret-env") },
    },
  };
  before(async () => {
    project = await setUp();
    const resources = Object.entries(failing).map(([name, args]) =>
      local(name, args, name === "timed-out" ? { customTimeouts: { create: "1s" } } : undefined),
    );
    failed = await project.up({ resources }, "--continue-on-error");
  });
  after(() => project?.remove());

  const REASONS: Record<string, RegExp> = {
    status: /error: exit status 3: running "echo out; echo err >&2; exit 3 # \\"é\\t":\s+out\s+err/,
    "no-program": /error: exec: "nonexistent-program": executable file not found in \$PATH: running "true":/,
    "no-file": /error: fork\/exec \/nonexistent\/program: no such file or directory: running "true":/,
    "no-dir": /error: chdir \/nonexistent\/dir: no such file or directory: running "true":/,
    killed: /error: signal: killed: running "kill -9 \$\$":/,
    terminated: /error: signal: terminated: running "kill -15 \$\$":/,
    "timed-out": /error: signal: killed: running "echo before; exec sleep 30":\s+before/,
    "not-utf8": /error: grpc: error while marshaling: string field contains invalid UTF-8/,
    "user-signal": /error: signal: user defined signal 1: running/,
    silent: /error: exit status 1: running "echo hidden; exit 1":\s+hidden/,
  };
  it("fails the run", () => notEqual(failed.exitCode, 0));
  for (const [name, reason] of Object.entries(REASONS)) {
    it(`says why: ${name}`, () => match(failed.text, reason));
  }
  it("leaves nothing of a failed creation in the state", async () =>
    equal(await project.state("status"), undefined));
  it("shows no secret input in the error", () => {
    ok(!failed.text.includes("secret-stdin"));
    ok(!failed.text.includes("secret-env"));
  });

  describe("in an update", () => {
    before(async () => {
      await project.up({ resources: [local("updated", { create: "echo first", environment: { A: "1" } })] });
      const broken = { create: "true", update: "echo broken; exit 4", environment: { A: "2" } };
      failed = await project.up({ resources: [local("updated", broken)] });
    });
    it("says why", () => match(failed.text, /error: exit status 4: running "echo broken; exit 4":\s+broken/));
    it("keeps the old inputs and outputs, so the next run tries again", async () => {
      const state = await project.state("updated");
      deepEqual(state?.inputs.environment, { A: "1" });
      equal(state?.outputs.stdout, "first");
    });
  });
});

describe("conformance: local.Command, when deleted", function () {
  this.timeout(240_000);
  let project: Project;
  let failed: Finished;
  const log = "cat > $OUT; echo $A $PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR >> $OUT";
  const inputs = (out: string, a: string) => ({
    create: "echo made; echo err >&2",
    delete: log,
    stdin: secret(`stdin-${a}\n`),
    environment: { A: a, OUT: out },
  });
  before(async () => {
    project = await setUp();
    await project.up({
      resources: [local("plain", inputs("plain", "1")), local("failing", { delete: "echo no; exit 5" })],
    });
    // A failed update must not change what `delete` gets.
    await project.up(
      { resources: [local("plain", { ...inputs("wrong", "2"), create: "exit 1" })] },
      "--target",
      "**plain",
    );
    failed = await project.up({ resources: [] }, "--continue-on-error");
  });
  after(() => project?.remove());

  it("runs `delete` with the inputs of the last success, stdin and outputs too", async () =>
    equal(await readFile(project.file("plain"), "utf8"), "stdin-1\n1 made err\n"));
  it("says why it failed, and keeps the resource", async () => {
    match(failed.text, /error: exit status 5: running "echo no; exit 5":\s+no/);
    ok(await project.state("failing"));
  });
});
