import { deepEqual, equal, match } from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { setUp } from "./plugin.js";
import type { Finished, Project } from "./project.js";
import { local } from "./spec.js";

describe("conformance: local.Command, when created", function () {
  this.timeout(180_000);
  let project: Project;
  let finished: Finished;
  before(async () => {
    project = await setUp();
    await mkdir(project.file("sub"));
    finished = await project.up({
      resources: [
        local("cwd", { create: "pwd" }),
        local("dir", { create: "pwd", dir: "sub" }),
        local("streams", { create: "printf 'a\\n\\n'; printf 'b' >&2" }),
        local("stdin", { create: "cat; echo end", stdin: "line\n" }),
        local("no-stdin", { create: "cat; echo end" }),
        local("unread-stdin", { create: "true", stdin: "x".repeat(300_000) }),
        local("environment", { create: "echo $CONFORMANCE_INHERITED, $OWN", environment: { OWN: "own" } }),
        local("interpreter", { create: "console.log(6 * 7)", interpreter: ["node", "-e"] }),
        local("empty-interpreter", { create: "echo sh", interpreter: [] }),
        local("nothing", { delete: "true" }),
        local("assets", {
          create: "mkdir -p made/sub; echo 1 > made/sub/x.txt; echo 2 > made/y.js; echo 3 > made/z.txt",
          assetPaths: ["made/**", "!**.js"],
          archivePaths: ["made/*.js"],
        }),
      ],
    });
  });
  after(() => project?.remove());

  it("succeeds", () => equal(finished.exitCode, 0, finished.text));
  it("runs in the project's directory", async () => equal(await project.output("cwd"), project.dir));
  it("runs in `dir`, relative to it", async () => equal(await project.output("dir"), project.file("sub")));
  it("keeps both streams, each without one last newline", async () => {
    equal(await project.output("streams"), "a\n");
    equal(await project.output("streams", "stderr"), "b");
  });
  it("gives it `stdin`", async () => equal(await project.output("stdin"), "line\nend"));
  it("gives it an empty input without `stdin`", async () => equal(await project.output("no-stdin"), "end"));
  it("does not mind a command that leaves its input unread", async () =>
    equal(await project.output("unread-stdin"), ""));
  it("adds `environment` to the engine's", async () =>
    equal(await project.output("environment"), "from the engine, own"));
  it("uses `interpreter`", async () => equal(await project.output("interpreter"), "42"));
  it("uses sh for an empty interpreter", async () => equal(await project.output("empty-interpreter"), "sh"));
  it("runs nothing without `create`", async () => equal(await project.output("nothing"), ""));
  it("names it after the resource", async () =>
    match((await project.state("cwd"))?.id ?? "", /^cwd[0-9a-f]{8}$/));
  it("returns files that globs name", async () => {
    deepEqual(Object.keys((await project.output("assets", "assets")) as object).sort(), [
      "made/sub/x.txt",
      "made/z.txt",
    ]);
    const archive = (await project.output("assets", "archive")) as { assets: object };
    deepEqual(Object.keys(archive.assets), ["made/y.js"]);
  });
  it("has no further outputs", async () => {
    deepEqual(Object.keys((await project.state("cwd"))?.outputs ?? {}).sort(), [
      "create",
      "stderr",
      "stdout",
    ]);
  });
});
