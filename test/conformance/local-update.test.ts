import { deepEqual, equal, match } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setUp } from "./plugin.js";
import type { Finished, Project, Step } from "./project.js";
import { local, secret } from "./spec.js";

describe("conformance: local.Command, when inputs change", function () {
  this.timeout(240_000);
  let project: Project;
  const PREVIOUS = "echo run; echo prev=$PULUMI_COMMAND_STDOUT,$PULUMI_COMMAND_STDERR; echo e >&2";
  const olds = [
    local("same", { create: "echo same", environment: { A: "1" }, triggers: ["t"] }),
    local("env", { create: "echo $TOP", environment: { TOP: "/nix/store/old", KEPT: "k", S: secret("s1") } }),
    local("env-secret", { create: "echo $TOP", environment: { TOP: "/nix/store/old", S: secret("s1") } }),
    local("env-all-secret", { create: "echo $A", environment: secret({ A: "1" }) }),
    local("env-keys", { create: "echo $A$B", environment: { A: "a" } }),
    local("env-added", { create: "echo $A$B" }),
    local("env-odd", { create: "true", environment: { "a.b": "1" } }),
    local("made-secret", { create: "echo $A", environment: { A: "1" } }),
    local("stdin", { create: "cat", stdin: "old" }),
    local("stdin-secret", { create: "cat", stdin: secret("old") }),
    local("stdin-removed", { create: "cat", stdin: "old" }),
    local("create", { create: "echo 1" }),
    local("delete", { create: PREVIOUS, delete: "true" }),
    local("update", { create: "echo created; echo err >&2", update: PREVIOUS, environment: { A: "1" } }),
    local("no-previous", { create: PREVIOUS, addPreviousOutputInEnv: false, stdin: "1" }),
    local("logging", { create: PREVIOUS }),
    local("nothing", { delete: "true" }),
    local("ignored", { create: "echo $A", environment: { A: "1" } }, { ignoreChanges: ["environment"] }),
    local("trigger", {
      create: "echo t >> trigger.log",
      delete: "echo d >> trigger.log",
      triggers: ["a", { x: 1 }],
    }),
    local("trigger-added", { create: "true" }),
    local("trigger-grown", { create: "true", triggers: ["a"] }),
    local("trigger-removed", { create: "true", triggers: ["a"] }),
    local("trigger-secret", { create: "true", triggers: [secret("a")] }),
    local("trigger-and-update", {
      create: "echo created",
      update: "echo updated",
      triggers: ["a"],
      stdin: "1",
    }),
    local("first", { create: "echo 1" }),
    local("second", { create: "cat", stdin: { $output: ["first", "stdout"] } }),
    local("third", { create: "echo $X", environment: { X: { $output: ["first", "stdout"] }, Y: "y" } }),
  ];
  const news = [
    local("same", { create: "echo same", environment: { A: "1" }, triggers: ["t"] }),
    local("env", { create: "echo $TOP", environment: { TOP: "/nix/store/new", KEPT: "k", S: secret("s1") } }),
    local("env-secret", { create: "echo $TOP", environment: { TOP: "/nix/store/old", S: secret("s2") } }),
    local("env-all-secret", { create: "echo $A", environment: secret({ A: "2" }) }),
    local("env-keys", { create: "echo $A$B", environment: { B: "b" } }),
    local("env-added", { create: "echo $A$B", environment: { B: "b" } }),
    local("env-odd", { create: "true", environment: { "a.b": "2" } }),
    local("made-secret", { create: "echo $A", environment: { A: secret("1") } }),
    local("stdin", { create: "cat", stdin: "new" }),
    local("stdin-secret", { create: "cat", stdin: secret("new") }),
    local("stdin-removed", { create: "cat" }),
    local("create", { create: "echo 2" }),
    local("delete", { create: PREVIOUS, delete: "true changed" }),
    local("update", { create: "echo created; echo err >&2", update: PREVIOUS, environment: { A: "2" } }),
    local("no-previous", { create: PREVIOUS, addPreviousOutputInEnv: false, stdin: "2" }),
    local("logging", { create: PREVIOUS, logging: "none" }),
    local("nothing", { delete: "true changed" }),
    local("ignored", { create: "echo $A", environment: { A: "2" } }, { ignoreChanges: ["environment"] }),
    local("trigger", {
      create: "echo t >> trigger.log",
      delete: "echo d >> trigger.log",
      triggers: ["b", { x: 1 }],
    }),
    local("trigger-added", { create: "true", triggers: ["a"] }),
    local("trigger-grown", { create: "true", triggers: ["a", "b"] }),
    local("trigger-removed", { create: "true" }),
    local("trigger-secret", { create: "true", triggers: [secret("b")] }),
    local("trigger-and-update", {
      create: "echo created",
      update: "echo updated",
      triggers: ["b"],
      stdin: "2",
    }),
    local("first", { create: "echo 2" }),
    local("second", { create: "cat", stdin: { $output: ["first", "stdout"] } }),
    local("third", { create: "echo $X", environment: { X: { $output: ["first", "stdout"] }, Y: "y" } }),
  ];
  let first: Finished;
  let unchanged: Step[];
  let steps: Step[];
  let diffText: string;
  let second: Finished;
  before(async () => {
    project = await setUp();
    first = await project.up({ resources: olds });
    unchanged = (await project.preview({ resources: olds })).steps;
    steps = (await project.preview({ resources: news })).steps;
    diffText = (await project.previewText({ resources: news }, "--diff")).text;
    second = await project.up({ resources: news });
  });
  after(() => project?.remove());

  /** What the preview says of a resource: the operation, and each path that differs. */
  function planned(name: string): { op?: string; diff: Record<string, string> } {
    const step = steps.find(({ urn, op }) => urn.endsWith(`::${name}`) && !/^(create|delete)-/.test(op));
    const diff = Object.entries(step?.detailedDiff ?? {}).map(([path, { kind }]) => [path, kind]);
    return { op: step?.op, diff: Object.fromEntries(diff) };
  }

  it("succeeds", () => {
    equal(first.exitCode, 0, first.text);
    equal(second.exitCode, 0, second.text);
  });
  it("plans nothing when nothing changed", () => deepEqual(unchanged, []));

  const UPDATES: Record<string, Record<string, string>> = {
    env: { "environment.TOP": "update" },
    "env-secret": { "environment.S": "update" },
    "env-all-secret": { environment: "update" },
    "env-keys": { "environment.A": "delete", "environment.B": "add" },
    "env-added": { environment: "add" },
    "env-odd": { 'environment["a.b"]': "update" },
    "made-secret": { "environment.A": "update" },
    stdin: { stdin: "update" },
    "stdin-secret": { stdin: "update" },
    "stdin-removed": { stdin: "delete" },
    create: { create: "update" },
    delete: { delete: "update" },
    update: { "environment.A": "update" },
    logging: { logging: "add" },
    nothing: { delete: "update" },
  };
  for (const [name, diff] of Object.entries(UPDATES)) {
    it(`updates in place: ${name}`, () => deepEqual(planned(name), { op: "update", diff }));
  }

  it("does nothing for what did not change", () => equal(planned("same").op, undefined));
  it("honours ignoreChanges", async () => {
    equal(planned("ignored").op, undefined);
    equal(await project.output("ignored"), "1");
  });
  for (const name of ["", "-added", "-grown", "-removed", "-secret", "-and-update"]) {
    it(`replaces for a changed trigger: trigger${name}`, () =>
      equal(planned(`trigger${name}`).op, "replace"));
  }
  it("creates the replacement before it deletes the old one", async () =>
    equal(await readFile(project.file("trigger.log"), "utf8"), "t\nt\nd\n"));
  it("runs `create` for a replacement", async () =>
    equal(await project.output("trigger-and-update"), "created"));

  it("shows old and new value of a plain variable, none of a secret", () => {
    match(diffText, /~ TOP\s*: "\/nix\/store\/old" => "\/nix\/store\/new"/);
    match(diffText, /~ S\s*: \[secret\] => \[secret\]/);
    match(diffText, /~ environment: \[secret\] => \[secret\]/);
  });
  it("runs `create` again when there is no `update`", async () => {
    equal(await project.output("env"), "/nix/store/new");
    equal(await project.output("stdin"), "new");
    equal(await project.output("create"), "2");
  });
  it("runs `update` when there is one", async () => match(String(await project.output("update")), /^run\n/));
  it("re-runs for a changed `delete` and a changed `logging` too", async () => {
    match(String(await project.output("delete")), /prev=run/);
    match(String(await project.output("logging")), /prev=run/);
  });
  it("gives the last output to the next run", async () =>
    equal(await project.output("update"), "run\nprev=created,err"));
  it("keeps it back with addPreviousOutputInEnv: false", async () =>
    equal(await project.output("no-previous"), "run\nprev=,"));
  it("does not know the outputs of an update in its preview, and what depends on them", async () => {
    deepEqual(planned("second"), { op: "update", diff: { stdin: "update" } });
    deepEqual(planned("third"), { op: "update", diff: { "environment.X": "update" } });
    equal(await project.output("second"), "2");
    equal(await project.output("third"), "2");
  });
});
