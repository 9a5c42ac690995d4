import { equal, ok } from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { setUp } from "./plugin.js";
import type { Project } from "./project.js";
import { local } from "./spec.js";

describe("conformance: cancelling a local.Command", function () {
  this.timeout(120_000);
  let project: Project;
  before(async () => (project = await setUp()));
  after(() => project?.remove());

  it("kills the command, records nothing and lets the next run go on", async () => {
    const create = "echo $$ > pid; exec sleep 60";
    const up = project.startUp({ resources: [local("slow", { create })] });
    await until(() => existsSync(project.file("pid")), "the command started");
    const pid = Number(await readFile(project.file("pid"), "utf8"));
    const interrupted = Date.now();
    (await up).kill("SIGINT");
    const { exitCode } = await (await up).done;
    ok(exitCode !== 0);
    ok(Date.now() - interrupted < 20_000);
    await until(() => !existsSync(`/proc/${pid}`), "the command ended");
    equal(await project.state("slow"), undefined);
    equal((await project.up({ resources: [local("slow", { create: "true" })] })).exitCode, 0);
  });

  it("kills only the command itself: what it started goes on", async () => {
    const create = "sleep 61 > /dev/null 2>&1 & echo $! > child; echo $$ > pid2; wait";
    const up = project.startUp({ resources: [local("parent", { create })] });
    await until(() => existsSync(project.file("pid2")), "the command started");
    const child = Number(await readFile(project.file("child"), "utf8"));
    const shell = Number(await readFile(project.file("pid2"), "utf8"));
    (await up).kill("SIGINT");
    await (
      await up
    ).done;
    try {
      await until(() => !existsSync(`/proc/${shell}`), "the shell ended");
      ok(existsSync(`/proc/${child}`), "the child went on");
    } finally {
      process.kill(child);
    }
  });

  it("kills the command when the engine is killed", async () => {
    const up = await project.startUp({
      resources: [local("orphan", { create: "echo $$ > pid3; exec sleep 62" })],
    });
    await until(() => existsSync(project.file("pid3")), "the command started");
    const pid = Number(await readFile(project.file("pid3"), "utf8"));
    up.kill("SIGKILL");
    await up.done;
    await until(() => !existsSync(`/proc/${pid}`), "the command ended");
    await project.cancel();
  });
});

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 30 s`);
    await delay(50);
  }
}
