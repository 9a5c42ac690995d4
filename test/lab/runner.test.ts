import { deepEqual, doesNotMatch, equal, match, notEqual, ok } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import type { State, Wish } from "../../lab/github/client.js";
import { askGitHub } from "../../lab/github/client.js";
import { skip } from "../skip.js";
import { Copy } from "./checkout.js";

// A runner's life with the lab's GitHub, from its first registration to the destruction of its stack.
describe("the runner", function () {
  this.timeout(240_000);
  const token = "ghp_labTokenThatNoGitHubKnows0123456789";
  const scope = "repos/example/blinky";
  const file = "/var/lib/github-runner/.runner_token";
  const github = { url: "http://10.77.0.1", api: "http://10.77.0.1/api/v3" };
  let copy: Copy;
  let printed = "";
  /** Every request that GitHub got. */
  let requests: State["log"] = [];

  before(async function () {
    if (process.getuid?.() !== 0) skip(this, "the lab needs root");
    copy = await Copy.make("runner");
    // A Pi with a runner, one without, and one whose runner is emulated, which is left alone but for its own test.
    const arm = {
      kind: "organization",
      organization: "example",
      labels: ["arm"],
      github,
      timeouts: { online: 60 },
    };
    await copy.config(["pi-fleet:hosts", "lab-c", "runner"], arm);
  });

  after(async () => {
    await copy?.remove();
  });

  it("registers on the first up, and GitHub lists it as online with its labels", async () => {
    const { exitCode, all } = await execa(process.execPath, ["--import=tsx", "lab/cli.ts"], {
      cwd: copy.dir,
      reject: false,
      stdin: "ignore",
      all: true,
    });
    printed += all;
    equal(exitCode, 0, all);
    const runner = await only();
    deepEqual([runner.name, runner.online, runner.scope], ["lab-a", true, scope]);
    deepEqual(runner.labels, ["self-hosted", "lab", "nrf52840"]);
    match(all, /online, idle, version \d+\.\d+\.\d+, labels self-hosted, lab, nrf52840/);
    equal(await onHost(`stat -c %a ${file}`), "600");
    // A token made, and a registration with it, for each of two runners.
    equal(posts().length, 4, JSON.stringify(requests));
  });

  it("takes a job on an aarch64 Pi too", async () => {
    const job = await dispatch("echo hello from $(hostname)", { scope: "orgs/example", labels: ["arm"] });
    deepEqual([job.runner, job.exitCode, job.output], ["lab-c", 0, "hello from lab-c\n"]);
  });

  it("asks nothing but reads in previews and ups that change nothing, and registers once", async () => {
    const { id } = await only();
    await ask({ clearLog: true });
    for (let i = 0; i < 2; i++) await nothingToChange();
    for (let i = 0; i < 3; i++) await up();
    const { log } = await ask();
    ok(log.length >= 5, "GitHub was never asked");
    deepEqual(
      log.filter(({ method }) => method !== "GET"),
      [],
    );
    const lists = log.filter(({ path }) => path === `/${scope}/actions/runners`);
    equal(lists.length, 5, `one list for each run: ${JSON.stringify(log)}`);
    equal((await only()).id, id);
  });

  it("takes a job and reports its result", async () => {
    const job = await dispatch("echo hello from $(hostname); exit 3", {
      scope,
      labels: ["self-hosted", "lab"],
    });
    deepEqual([job.runner, job.exitCode, job.output], ["lab-a", 3, "hello from lab-a\n"]);
  });

  it("is administered by a GitHub App, whose previews ask GitHub nothing", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const install = (access: "read" | "admin") =>
      ask({
        app: { id: "5", publicKey, installation: 77, access: { [scope]: access, "orgs/example": access } },
        clearLog: true,
      });
    const secret = (value: string) =>
      copy.lab.exec(["pulumi", "config", "set", "--secret", "pi-fleet:githubToken", "--", value]);
    for (const pi of ["lab-a", "lab-c"])
      await copy.config(["pi-fleet:hosts", pi, "runner", "credential"], { kind: "app", appId: 5 });
    equal((await secret(privateKey)).exitCode, 0);
    await install("admin");
    await up();
    const { id } = await only();

    await install("read");
    await nothingToChange();
    await onHost(`rm ${file}`);
    const preview = await pulumi("preview", "--diff");
    match(preview.out, /lab-a is not registered from this Pi/);
    deepEqual((await ask()).log, []);
    const refused = await pulumi("up", "--yes", "--skip-preview");
    notEqual(refused.exitCode, 0);
    match(
      refused.out,
      /403 Resource not accessible by integration.*Administration \(read and write\) on example\/blinky/,
    );

    await install("admin");
    await up();
    notEqual((await only()).id, id);
    const tokens = posts().map(({ path }) => path.replace(/\d+/, "N"));
    deepEqual(tokens.sort(), [
      "/_runner/register",
      "/app/installations/N/access_tokens",
      `/${scope}/actions/runners/registration-token`,
    ]);
    for (const pi of ["lab-a", "lab-c"])
      await copy.config(["pi-fleet:hosts", pi, "runner", "credential"], undefined);
    equal((await secret(token)).exitCode, 0);
    await up();
  });

  it("keeps its registration over a reboot, when its token is long spent", async () => {
    const { id } = await only();
    await ask({ moveClockSeconds: 7200 });
    await copy.lab.host("lab-a").powerOff();
    await copy.lab.host("lab-a").boot();
    await until(async () => (await only()).online, "it did not come back");
    equal((await only()).id, id);
    await nothingToChange();
  });

  it("registers anew when its labels change, and removes the old registration", async () => {
    const { id } = await only();
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "labels"], ["lab", "esp32"]);
    const preview = await pulumi("preview", "--diff");
    match(preview.out, /registration/);
    await up();
    const runner = await only();
    notEqual(runner.id, id);
    deepEqual(runner.labels, ["self-hosted", "lab", "esp32"]);
    await nothingToChange();
  });

  it("moves to an organisation, and to another name", async () => {
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "kind"], "organization");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "repository"], undefined);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "organization"], "example");
    const group = { name: "bench", create: true };
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "group"], { ...group, repositories: ["blinky"] });
    await ask({ clearLog: true });
    equal((await pulumi("preview")).exitCode, 0);
    await ask();
    deepEqual(posts(), []);
    await up();
    deepEqual(await benchGroup(), ["selected", [101]]);
    let runner = await only();
    deepEqual([runner.scope, runner.group], ["orgs/example", "bench"]);

    // Under its old name it runs a job, which the new system would end.
    const { jobs } = await ask({
      dispatch: {
        scope: "orgs/example",
        labels: ["lab"],
        script: "until [ -e /tmp/end ]; do sleep 1; done; sleep 8",
      },
    });
    await until(async () => (await only()).busy, "the job does not start");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "name"], "bench");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "group"], group);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "timeouts"], { online: 30, idle: 1 });
    let run = await pulumi("up", "--yes", "--skip-preview");
    notEqual(run.exitCode, 0);
    match(
      run.out,
      /lab-a: activate failed: lab-a runs a job for longer than 1 s, and the new system.* would stop it/,
    );
    deepEqual([(await only()).name, (await only()).busy], ["lab-a", true]);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "timeouts"], { online: 30, idle: 60 });
    // It ends some seconds after the activation has begun to ask.
    await onHost("rm /run/pi-fleet/activate.sh");
    const running = pulumi("up", "--yes", "--skip-preview");
    await onHost("until [ -e /run/pi-fleet/activate.sh ]; do sleep 0.2; done; touch /tmp/end");
    run = await running;
    equal(run.exitCode, 0, run.out);
    match(run.out, /lab-a: waiting for the job of lab-a to end/);
    equal((await ask()).jobs.find(({ id }) => id === jobs.at(-1)!.id)?.exitCode, 0);
    runner = await only();
    equal(runner.name, "bench");
    deepEqual(await benchGroup(), ["all", []]);
    await nothingToChange();
    await restoreConfig();
    await up();
    equal((await only()).name, "lab-a");
    equal(await benchGroup(), undefined);
    await nothingToChange();
  });

  it("sees that it was deleted on GitHub, says so, and comes back", async () => {
    const { id } = await only();
    await ask({ deleteRunner: id });
    await drifts(/GitHub has no runner lab-a with the id \d+ in repos\/example\/blinky any more/);
    notEqual((await only()).id, id);
  });

  it("sees that it was offline for 14 days, and comes back", async () => {
    await copy.lab.host("lab-a").powerOff();
    await until(async () => !(await only()).online, "it stays online");
    await ask({ moveClockSeconds: 15 * 86_400 });
    equal((await labARunners()).length, 0);
    await nothingToChange();
    await copy.lab.host("lab-a").boot();
    await drifts(/offline for 14 days/);
  });

  it("sees that it is offline though its Pi is on, and restarts it", async () => {
    const { id } = await only();
    await onHost("systemctl stop github-runner-lab-a");
    await until(async () => !(await only()).online, "it stays online");
    await drifts(/GitHub lists lab-a as offline, though lab-a is on/);
    equal((await only()).id, id);
  });

  it("replaces the registration of a Pi that was flashed anew", async () => {
    const { id } = await only();
    await onHost(
      "systemctl stop github-runner-lab-a; rm -rf /var/lib/github-runner /var/lib/pi-fleet/runners",
    );
    await up();
    notEqual((await only()).id, id);
    await nothingToChange();
  });

  it("lets its job end before it registers anew", async () => {
    const { id } = await ask({ dispatch: { scope, labels: ["lab"], script: "sleep 18; echo done" } }).then(
      ({ jobs }) => jobs.at(-1)!,
    );
    await until(async () => (await only()).busy, "the job does not start");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "labels"], ["lab", "after-the-job"]);
    const run = await pulumi("up", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
    match(run.out, /waiting for the job of lab-a to end/);
    equal((await ask()).jobs.find((job) => job.id === id)?.exitCode, 0);
    ok((await only()).labels.includes("after-the-job"));
    await restoreConfig();
    await up();
  });

  it("interrupts a job when config says so", async () => {
    const { jobs } = await ask({ dispatch: { scope, labels: ["lab"], script: "sleep 100" } });
    await until(async () => (await only()).busy, "the job does not start");
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "labels"], ["lab", "at-once"]);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner", "interruptJobs"], true);
    const run = await pulumi("up", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
    doesNotMatch(run.out, /waiting for/);
    equal((await ask()).jobs.find(({ id }) => id === jobs.at(-1)!.id)?.exitCode, 130);
    ok((await only()).labels.includes("at-once"));
    await restoreConfig();
    await up();
  });

  it("lets its job end before a new system restarts it", async () => {
    const job = (await ask({ dispatch: { scope, labels: ["lab"], script: "sleep 20; echo done" } })).jobs.at(
      -1,
    )!;
    await until(async () => (await only()).busy, "the job does not start");
    await copy.config(["pi-fleet:hosts", "lab-a", "settings"], {
      services: { "github-runners": { "lab-a": { extraEnvironment: { NEW_SYSTEM: "yes" } } } },
    });
    await up();
    const isNew = () =>
      onHost(
        "tr '\\0' '\\n' < /proc/$(systemctl show -P MainPID github-runner-lab-a)/environ | grep -c ^NEW_SYSTEM || true",
      );
    const { jobs } = await ask();
    if (jobs.find(({ id }) => id === job.id)?.status === "in_progress") equal(await isNew(), "0");
    await until(async () => (await isNew()) === "1", "it was not restarted after its job");
    equal((await ask()).jobs.find(({ id }) => id === job.id)?.exitCode, 0);
    await nothingToChange();
  });

  for (const [what, fault, words] of [
    ["is down", { status: 503 }, /runner failed: GitHub has a problem \(503/],
    [
      "limits the rate",
      { retryAfterSeconds: 900 },
      /runner failed: GitHub limits the rate of requests: try again in 900 s/,
    ],
    ["refuses the token", { status: 401 }, /runner failed: GitHub does not accept the credential/],
    [
      "wants a permission",
      { status: 403 },
      /needs the permission Administration \(read and write\) on example\/blinky/,
    ],
  ] as const) {
    it(`names the reason when GitHub ${what}, and systems converge all the same`, async () => {
      await onHost(`rm -f ${file}`);
      for (const pi of ["lab-a", "lab-b"])
        await copy.config(["pi-fleet:hosts", pi, "settings"], {
          environment: { etc: { motd: { text: `${what}\n` } } },
        });
      await ask({ faults: fault });
      const run = await pulumi("up", "--yes", "--skip-preview");
      notEqual(run.exitCode, 0);
      match(run.out, words);
      for (const pi of ["lab-a", "lab-b"]) equal(await onHost("cat /etc/motd", pi), what, run.out);
      await ask({ faults: {} });
    });
  }

  it("finishes with the next up, once GitHub is there again", async () => {
    await up();
    equal((await only()).online, true);
    await nothingToChange();
  });

  it("lets a preview warn when GitHub is slow, and show no difference", async () => {
    await ask({ faults: { delaySeconds: 8 } });
    const preview = await pulumi("preview", "--expect-no-changes");
    await ask({ faults: {} });
    equal(preview.exitCode, 0, preview.out);
    match(preview.out, /whether lab-a is still registered could not be seen: .*no answer in 4 s/);
  });

  it("warns when its version is one that GitHub gives no jobs any more", async () => {
    await ask({ release: { tag_name: "v2.999.0", published_at: "2020-01-01T00:00:00Z" } });
    const preview = await pulumi("preview", "--expect-no-changes");
    equal(preview.exitCode, 0, preview.out);
    match(
      preview.out,
      /lab-a is version \d+\.\d+\.\d+ of GitHub's runner, and 2\.999\.0 is out for over 30 days/,
    );
    const versions = join(copy.dir, "lab/.run/nixpkgs/versions.nix");
    const nixpkgs = await readFile(versions, "utf8");
    await writeFile(versions, nixpkgs.replace(/github-runner = ".*"/, 'github-runner = "2.999.1"'));
    await up();
    await until(async () => (await only()).version === "2.999.1", "the old version runs on");
    doesNotMatch((await nothingToChange()).out, /of GitHub's runner/);
  });

  it("has its unit skipped, not failed, before its first token", async () => {
    await onHost(`rm -rf ${file} /var/lib/pi-fleet/runners; systemctl restart github-runner-lab-a`);
    equal(
      await onHost("systemctl show -P ConditionResult -P Result github-runner-lab-a | sort | tr '\\n' ' '"),
      "no success",
    );
    equal(await onHost("systemctl is-failed github-runner-lab-a || true"), "inactive");
    await up();
  });

  it("stops at once", async () => {
    const start = Date.now();
    await onHost("systemctl restart github-runner-lab-a");
    ok(Date.now() - start < 10_000, `${Date.now() - start} ms`);
    await until(async () => (await only()).online, "it did not come back");
  });

  it("serves an enterprise, registers anew by itself, or is just-in-time, all on one Pi", async () => {
    const common = { github, timeouts: { online: 30 } };
    await copy.config(
      ["pi-fleet:hosts", "lab-a", "runners"],
      [
        { ...common, kind: "enterprise", enterprise: "acme", name: "wide" },
        {
          ...{ ...common, kind: "organization", organization: "example", name: "again" },
          ...{ group: "hardware", labels: ["again"], credential: { kind: "token" }, ephemeral: true },
        },
        {
          ...{ ...common, kind: "organization", organization: "example", name: "once" },
          ...{ group: "hardware", labels: ["once"], credential: { kind: "just-in-time" } },
        },
      ],
    );
    await up();
    const runners = (await labARunners()).map(({ name, scope, group, online }) => [
      name,
      scope,
      group,
      online,
    ]);
    deepEqual(runners.sort(), [
      ["again", "orgs/example", "hardware", true],
      ["lab-a", scope, "", true],
      ["once", "orgs/example", "hardware", true],
      ["wide", "enterprises/acme", "", true],
    ]);
    deepEqual((await once())?.labels, ["self-hosted", "linux", "x64", "once"]);
    await nothingToChange();
  });

  it("is no drift when an ephemeral one has registered anew by itself", async () => {
    const again = async () => (await ask()).runners.find(({ name }) => name === "again");
    const first = await again();
    equal((await dispatch("exit 0", { scope: "orgs/example", labels: ["again"] })).exitCode, 0);
    await until(
      async () => (await again())?.id !== first?.id && (await again())?.online === true,
      "it did not come back after its job",
    );
    await nothingToChange();
  });

  it("just-in-time, keeps its registration over a reboot, and has it in no argv", async () => {
    const { id } = (await once())!;
    await copy.lab.host("lab-a").powerOff();
    await copy.lab.host("lab-a").boot();
    await until(async () => (await once())?.online === true, "it did not come back");
    equal((await once())?.id, id);
    equal(await onHost(`stat -c %a ${file}-once`), "600");
    // Its environment has it, so the search is a right one; /tmp/needle keeps it out of the search's own argv.
    await onHost(`sed 's/^[A-Z_]*=//' ${file}-once | cut -c1-60 >/tmp/needle`);
    const found = (what: string) => onHost(`cat /proc/[0-9]*/${what} | grep -cF -f /tmp/needle || true`);
    deepEqual([await found("cmdline"), Number(await found("environ")) > 0], ["0", true]);
    const config = await onHost("cat /tmp/needle; rm /tmp/needle");
    const state = await copy.lab.exec(["grep", "-rlF", "-e", config, copy.lab.labDir("pulumi/state")]);
    deepEqual([state.stdout, printed.includes(config)], ["", false]);
    await nothingToChange();
  });

  it("just-in-time, has one job for each up", async () => {
    const { id } = (await once())!;
    const job = await dispatch("echo once on $(hostname)", { scope: "orgs/example", labels: ["once"] });
    deepEqual([job.runner, job.output], ["once", "once on lab-a\n"]);
    await until(
      async () => (await onHost(`test -e ${file}-once && echo there || echo gone`)) === "gone",
      "its registration is still on the Pi",
    );
    equal(await once(), undefined);
    equal(await onHost("systemctl is-failed github-runner-once || true"), "inactive");
    await drifts(/once has done its one job, and `pulumi up` gives it another/);
    notEqual((await once())?.id, id);
    await copy.config(["pi-fleet:hosts", "lab-a", "runners"], undefined);
    await up();
    equal((await only()).name, "lab-a");
  });

  it("shows no secret", async () => {
    await ask();
    ok(!printed.includes(token), "a secret was printed");
    ok(!JSON.stringify(requests).includes(token));
    const state = await copy.lab.exec(["grep", "-rlF", "-e", token, copy.lab.labDir("pulumi/state")]);
    equal(state.stdout, "", "a secret is in the state");
    // A token of an hour is on the Pi, never the one that makes it.
    notEqual(await onHost(`cat ${file}`), token);
    equal(await onHost(`grep -rlF -e ${token} /nix/store /var/lib /run /etc || true`), "");
  });

  it("is deregistered when it leaves the config, unless somebody else has registered it since", async () => {
    await ask({ deleteRunner: (await only()).id });
    // It is online as long as it is registered.
    const stranger = `
      const say = (verb, form) => fetch("http://10.77.0.1/_runner/" + verb, { method: "POST", body: new URLSearchParams(form) });
      const url = "http://10.77.0.1/example/blinky";
      const answer = await (await say("register", { token: process.argv[1], url, name: "lab-a" })).text();
      const [id, secret] = answer.match(/(?<==).*/g);
      while ((await say("poll", { id, secret })).ok);`;
    const gone = copy.lab.exec(["node", "--input-type=module", "-e", stranger, token]);
    await until(
      async () => (await labARunners()).some(({ online }) => online),
      "the other machine is not online",
    );
    const run = await pulumi("up", "--yes", "--skip-preview");
    notEqual(run.exitCode, 0);
    match(
      run.out,
      /another machine is online as lab-a in repos\/example\/blinky.* give this runner another name/,
    );
    const { id } = await only();
    await copy.config(["pi-fleet:hosts", "lab-a", "runner"], undefined);
    await up();
    equal((await only()).id, id);
    equal(await onHost(`ls ${file} 2>/dev/null || echo gone`), "gone");
    await ask({ deleteRunner: id });
    equal((await gone).exitCode, 0);

    await restoreConfig();
    await up();
    equal((await only()).online, true);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner"], undefined);
    await up();
    deepEqual(await labARunners(), []);
    await restoreConfig();
    await up();
  });

  it("is deregistered with a Pi that leaves the config while it is off", async () => {
    await copy.lab.host("lab-c").powerOff();
    await copy.config(["pi-fleet:hosts", "lab-c"], undefined);
    await up();
    deepEqual(
      (await ask()).runners.map(({ name }) => name),
      ["lab-a"],
    );
  });

  it("comes along when its Pi gets another name", async () => {
    const stack = parseDocument(await readFile(copy.stackFile, "utf8"));
    const host = (stack.getIn(["config", "pi-fleet:hosts", "lab-a"]) as { toJSON: () => object }).toJSON();
    const hostKey = await onHost("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub");
    await copy.config(["pi-fleet:hosts", "bench"], { ...host, address: "lab-a.local", hostKey });
    await copy.config(["pi-fleet:hosts", "lab-a"], undefined);
    await up();
    deepEqual([(await only()).name, (await only()).online], ["bench", true]);
    await nothingToChange();
  });

  it("is deregistered with its stack, also when its Pi is off and the token in the state is revoked", async () => {
    const newer = "a-token-of-the-person-who-destroys";
    await ask({
      forgetToken: token,
      token: { token: newer, access: { [scope]: "admin", "orgs/example": "admin" } },
    });
    await copy.lab.host("lab-a").powerOff();
    const { exitCode, stdout, stderr } = await copy.lab.exec(
      ["pulumi", "destroy", "--yes", "--skip-preview", "--non-interactive"],
      { env: { GITHUB_TOKEN: newer } },
    );
    equal(exitCode, 0, stdout + stderr);
    match(stdout, /bench: deregistered from repos\/example\/blinky/);
    deepEqual((await ask()).runners, []);
  });

  // ---- What the tests are made of.

  /** A preview names the reason, and an up repairs it. */
  async function drifts(reason: RegExp): Promise<void> {
    await ask({ clearLog: true });
    const preview = await pulumi("preview", "--diff");
    match(preview.out, reason);
    await ask();
    equal(posts().length, 0);
    await up();
    ok((await labARunners()).every(({ online }) => online));
    await nothingToChange();
  }

  async function dispatch(script: string, where: { scope: string; labels: string[] }) {
    const { jobs } = await ask({ dispatch: { ...where, script } });
    const id = jobs.at(-1)?.id;
    let job = jobs.at(-1)!;
    await until(async () => {
      job = (await ask()).jobs.find((one) => one.id === id)!;
      return job.status === "completed";
    }, "the job did not end");
    return job;
  }

  async function once() {
    return (await ask()).runners.find(({ name }) => name === "once");
  }

  async function benchGroup() {
    const group = (await ask()).groups.find(({ name }) => name === "bench");
    return group && [group.visibility, group.repositories];
  }

  async function only() {
    const runners = await labARunners();
    equal(runners.length, 1, JSON.stringify(runners));
    return runners[0]!;
  }

  async function labARunners() {
    return (await ask()).runners.filter(({ name }) => name !== "lab-c");
  }

  async function ask(wish: Wish = {}): Promise<State> {
    const state = await askGitHub(copy.lab.gitHubSocket(), wish);
    requests = state.log;
    return state;
  }

  function posts() {
    return requests.filter(({ method }) => method === "POST");
  }

  async function until(condition: () => Promise<boolean>, otherwise: string): Promise<void> {
    await copy.lab.until(condition, 40, () => otherwise);
  }

  async function up(): Promise<void> {
    const run = await pulumi("up", "--yes", "--skip-preview");
    equal(run.exitCode, 0, run.out);
  }

  async function nothingToChange() {
    const preview = await pulumi("preview", "--diff", "--expect-no-changes");
    equal(preview.exitCode, 0, preview.out);
    return preview;
  }

  async function pulumi(...args: string[]) {
    const run = await copy.pulumi(...args);
    printed += run.out;
    return run;
  }

  function onHost(script: string, name = "lab-a"): Promise<string> {
    return copy.onHost(name, script);
  }

  /** The runner as Pulumi.lab.yaml has it. */
  async function restoreConfig(): Promise<void> {
    const original = parseDocument(
      await readFile(join(import.meta.dirname, "../../Pulumi.lab.yaml"), "utf8"),
    );
    const runner: unknown = original.getIn(["config", "pi-fleet:hosts", "lab-a", "runner"]);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner"], (runner as { toJSON: () => unknown }).toJSON());
    await copy.config(["pi-fleet:hosts", "lab-a", "runners"], undefined);
  }
});
