import { deepEqual, doesNotMatch, equal, ok } from "node:assert/strict";
import { type Copy } from "../copy.js";
import { registeredRunner, scope, type LabRunner } from "./runner.js";

describe("the runner's jobs", function () {
  this.timeout(240_000);
  let runner: LabRunner;
  let copy: Copy;

  before(async function () {
    runner = await registeredRunner(this);
    ({ copy } = runner);
  });

  it("takes a job on an aarch64 Pi too", async () => {
    const job = await runner.dispatch("echo hello from $(hostname)", {
      scope: "orgs/example",
      labels: ["arm"],
    });
    deepEqual([job.runner, job.exitCode, job.output], ["lab-c", 0, "hello from lab-c\n"]);
  });

  it("takes a job and reports its result", async () => {
    const job = await runner.dispatch("echo hello from $(hostname); exit 3", {
      scope,
      labels: ["self-hosted", "lab"],
    });
    deepEqual([job.runner, job.exitCode, job.output], ["lab-a", 3, "hello from lab-a\n"]);
  });

  it("lets its job end before it registers anew", async () => {
    const { id, end } = await longJob();
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "labels"], ["lab", "after-the-job"]);
    const running = await copy.startUp();
    await copy.untilPrinted(running, /waiting for the job of lab-a to end/);
    await end();
    equal((await running.result).exitCode, 0, running.printed());
    equal((await runner.ask()).jobs.find((job) => job.id === id)?.exitCode, 0);
    ok((await runner.only()).labels.includes("after-the-job"));
  });

  it("interrupts a job when config says so", async () => {
    const { jobs } = await runner.ask({ dispatch: { scope, labels: ["lab"], script: "sleep 100" } });
    await runner.until(async () => (await runner.only()).busy, "the job does not start");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "labels"], ["lab", "at-once"]);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "interruptJobs"], true);
    doesNotMatch(await copy.up(), /waiting for/);
    equal((await runner.ask()).jobs.find(({ id }) => id === jobs.at(-1)!.id)?.exitCode, 130);
    ok((await runner.only()).labels.includes("at-once"));
    await runner.restoreConfig();
    await copy.up();
  });

  it("lets its job end before a new system restarts it", async () => {
    const { id, end } = await longJob();
    await copy.config(["pi-fleet:hosts", "lab-a", "settings"], {
      services: { "github-runners": { "lab-a": { extraEnvironment: { NEW_SYSTEM: "yes" } } } },
    });
    await copy.up();
    const isNew = () =>
      runner.onHost(
        "tr '\\0' '\\n' < /proc/$(systemctl show -P MainPID github-runner-lab-a)/environ | grep -c ^NEW_SYSTEM || true",
      );
    equal(await isNew(), "0");
    await end();
    await runner.until(async () => (await isNew()) === "1", "it was not restarted after its job");
    equal((await runner.ask()).jobs.find((job) => job.id === id)?.exitCode, 0);
    await copy.nothingToChange();
  });

  /** A job that lab-a has begun, which goes on until `end`. */
  async function longJob(): Promise<{ id: number; end: () => Promise<unknown> }> {
    await runner.onHost("rm -f /tmp/end");
    const script = "until [ -e /tmp/end ]; do sleep 0.2; done";
    const { jobs } = await runner.ask({ dispatch: { scope, labels: ["lab"], script } });
    await runner.until(async () => (await runner.only()).busy, "the job does not start");
    return { id: jobs.at(-1)!.id, end: () => runner.onHost("touch /tmp/end") };
  }
});
