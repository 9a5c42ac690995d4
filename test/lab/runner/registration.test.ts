import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { type Copy } from "../copy.js";
import { file, newRunner, registeredRunner, scope, token, type LabRunner } from "./runner.js";

describe("the runner's first registration", function () {
  this.timeout(240_000);

  it("registers on the first up, and GitHub lists it as online with its labels", async function () {
    const runner = await newRunner(this);
    const { exitCode, out } = await runner.copy.npmRunLab();
    equal(exitCode, 0, out);
    const found = await runner.only();
    deepEqual([found.name, found.online, found.scope], ["lab-a", true, scope]);
    deepEqual(found.labels, ["self-hosted", "lab", "nrf52840"]);
    match(out, /online, idle, version \d+\.\d+\.\d+, labels self-hosted, lab, nrf52840/);
    equal(await runner.onHost(`stat -c %a ${file}`), "600");
    // A token made, and a registration with it, for each of two runners.
    equal(runner.posts().length, 4, JSON.stringify(runner.requests));
  });
});

describe("the runner's registration", function () {
  this.timeout(240_000);
  let runner: LabRunner;
  let copy: Copy;

  before(async function () {
    runner = await registeredRunner(this);
    ({ copy } = runner);
  });

  it("asks nothing but reads in previews and ups that change nothing, and registers once", async () => {
    const { id } = await runner.only();
    await runner.ask({ clearLog: true });
    await copy.nothingToChange();
    for (let i = 0; i < 2; i++) await copy.up();
    const { log } = await runner.ask();
    ok(log.length >= 3, "GitHub was never asked");
    deepEqual(
      log.filter(({ method }) => method !== "GET"),
      [],
    );
    const lists = log.filter(({ path }) => path === `/${scope}/actions/runners`);
    equal(lists.length, 3, `one list for each run: ${JSON.stringify(log)}`);
    equal((await runner.only()).id, id);
  });

  it("is administered by a GitHub App, whose previews ask GitHub nothing", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const install = (access: "read" | "admin") =>
      runner.ask({
        app: { id: "5", publicKey, installation: 77, access: { [scope]: access, "orgs/example": access } },
        clearLog: true,
      });
    const secret = (value: string) =>
      copy.lab.exec(["pulumi", "config", "set", "--secret", "pi-fleet:githubToken", "--", value]);
    for (const pi of ["lab-a", "lab-c"])
      await copy.config(["pi-fleet:hosts", pi, "runner", "credential"], { kind: "app", appId: 5 });
    equal((await secret(privateKey)).exitCode, 0);
    await install("admin");
    await copy.up();
    const { id } = await runner.only();

    await install("read");
    await copy.nothingToChange();
    await runner.onHost(`rm ${file}`);
    const preview = await copy.pulumi("preview", "--diff");
    match(preview.out, /lab-a is not registered from this Pi/);
    deepEqual((await runner.ask()).log, []);
    const refused = await copy.tryUp();
    notEqual(refused.exitCode, 0);
    match(
      refused.out,
      /403 Resource not accessible by integration.*Administration \(read and write\) on example\/blinky/,
    );

    await install("admin");
    await copy.up();
    notEqual((await runner.only()).id, id);
    const tokens = runner.posts().map(({ path }) => path.replace(/\d+/, "N"));
    deepEqual(tokens.sort(), [
      "/_runner/register",
      "/app/installations/N/access_tokens",
      `/${scope}/actions/runners/registration-token`,
    ]);
    for (const pi of ["lab-a", "lab-c"])
      await copy.config(["pi-fleet:hosts", pi, "runner", "credential"], undefined);
    equal((await secret(token)).exitCode, 0);
    await copy.up();
  });

  it("keeps its registration over a reboot, when its token is long spent", async () => {
    const { id } = await runner.only();
    await runner.ask({ moveClockSeconds: 7200 });
    await copy.host("lab-a").powerOff();
    await copy.host("lab-a").boot();
    await runner.until(async () => (await runner.only()).online, "it did not come back");
    equal((await runner.only()).id, id);
    await copy.nothingToChange();
  });

  it("registers anew when its labels change, and removes the old registration", async () => {
    const { id } = await runner.only();
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "labels"], ["lab", "esp32"]);
    const preview = await copy.pulumi("preview", "--diff");
    match(preview.out, /registration/);
    await copy.up();
    const found = await runner.only();
    notEqual(found.id, id);
    deepEqual(found.labels, ["self-hosted", "lab", "esp32"]);
    await copy.nothingToChange();
  });

  it("moves to an organisation, and to another name", async () => {
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "kind"], "organization");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "repository"], undefined);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "organization"], "example");
    const group = { name: "bench", create: true };
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "group"], {
      ...group,
      repositories: ["blinky"],
    });
    await runner.ask({ clearLog: true });
    equal((await copy.pulumi("preview")).exitCode, 0);
    await runner.ask();
    deepEqual(runner.posts(), []);
    await copy.up();
    deepEqual(await runner.benchGroup(), ["selected", [101]]);
    let found = await runner.only();
    deepEqual([found.scope, found.group], ["orgs/example", "bench"]);

    // Under its old name it runs a job, which the new system would end.
    const { jobs } = await runner.ask({
      dispatch: {
        scope: "orgs/example",
        labels: ["lab"],
        script: "until [ -e /tmp/end ]; do sleep 0.2; done",
      },
    });
    await runner.until(async () => (await runner.only()).busy, "the job does not start");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "name"], "bench");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "group"], group);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "timeouts"], { online: 30, idle: 1 });
    const run = await copy.tryUp();
    notEqual(run.exitCode, 0);
    match(
      run.out,
      /lab-a: activate failed: lab-a runs a job for longer than 1 s, and the new system.* would stop it/,
    );
    deepEqual([(await runner.only()).name, (await runner.only()).busy], ["lab-a", true]);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "timeouts"], { online: 30, idle: 60 });
    const running = await copy.startUp();
    await copy.untilPrinted(running, /lab-a: waiting for the job of lab-a to end/);
    await runner.onHost("touch /tmp/end");
    equal((await running.result).exitCode, 0, running.printed());
    equal((await runner.ask()).jobs.find(({ id }) => id === jobs.at(-1)!.id)?.exitCode, 0);
    found = await runner.only();
    equal(found.name, "bench");
    deepEqual(await runner.benchGroup(), ["all", []]);
    await copy.nothingToChange();
    await runner.restoreConfig();
    await copy.up();
    equal((await runner.only()).name, "lab-a");
    equal(await runner.benchGroup(), undefined);
    await copy.nothingToChange();
  });

  it("has its unit skipped, not failed, before its first token", async () => {
    await runner.onHost(`rm -rf ${file} /var/lib/pi-fleet/runners; systemctl restart github-runner-lab-a`);
    equal(
      await runner.onHost(
        "systemctl show -P ConditionResult -P Result github-runner-lab-a | sort | tr '\\n' ' '",
      ),
      "no success",
    );
    equal(await runner.onHost("systemctl is-failed github-runner-lab-a || true"), "inactive");
    await copy.up();
  });

  it("stops at once", async () => {
    const start = Date.now();
    await runner.onHost("systemctl restart github-runner-lab-a");
    ok(Date.now() - start < 10_000, `${Date.now() - start} ms`);
    await runner.until(async () => (await runner.only()).online, "it did not come back");
  });
});
