import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { type Copy } from "../copy.js";
import { secretsAreNowhere } from "../search.js";
import { file, registeredRunner, scope, token, type LabRunner } from "./runner.js";

describe("the runner's end", function () {
  this.timeout(240_000);
  let runner: LabRunner;
  let copy: Copy;

  before(async function () {
    runner = await registeredRunner(this);
    ({ copy } = runner);
  });

  it("is deregistered when it leaves the config, unless somebody else has registered it since", async () => {
    await runner.ask({ deleteRunner: (await runner.only()).id });
    // It is online as long as it is registered.
    const stranger = `
      const say = (verb, form) => fetch("http://10.77.0.1/_runner/" + verb, { method: "POST", body: new URLSearchParams(form) });
      const url = "http://10.77.0.1/example/blinky";
      const answer = await (await say("register", { token: process.argv[1], url, name: "lab-a" })).text();
      const [id, secret] = answer.match(/(?<==).*/g);
      while ((await say("poll", { id, secret })).ok);`;
    const gone = copy.lab.exec(["node", "--input-type=module", "-e", stranger, token]);
    await runner.until(
      async () => (await runner.labARunners()).some(({ online }) => online),
      "the other machine is not online",
    );
    const run = await copy.tryUp();
    notEqual(run.exitCode, 0);
    match(
      run.out,
      /another machine is online as lab-a in repos\/example\/blinky.* give this runner another name/,
    );
    const { id } = await runner.only();
    await copy.config(["pi-fleet:hosts", "lab-a", "runner"], undefined);
    await copy.up();
    equal((await runner.only()).id, id);
    equal(await runner.onHost(`ls ${file} 2>/dev/null || echo gone`), "gone");
    await runner.ask({ deleteRunner: id });
    equal((await gone).exitCode, 0);

    await runner.restoreConfig();
    await copy.up();
    equal((await runner.only()).online, true);
    await copy.config(["pi-fleet:hosts", "lab-a", "runner"], undefined);
    await copy.up();
    deepEqual(await runner.labARunners(), []);
    await runner.restoreConfig();
    await copy.up();
  });

  it("is deregistered with a Pi that leaves the config while it is off", async () => {
    await copy.host("lab-c").powerOff();
    await copy.config(["pi-fleet:hosts", "lab-c"], undefined);
    await copy.up();
    deepEqual(
      (await runner.ask()).runners.map(({ name }) => name),
      ["lab-a"],
    );
  });

  it("comes along when its Pi gets another name", async () => {
    const stack = parseDocument(await readFile(copy.stackFile, "utf8"));
    const host = (stack.getIn(["config", "pi-fleet:hosts", "lab-a"]) as { toJSON: () => object }).toJSON();
    const hostKey = await runner.onHost("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub");
    await copy.config(["pi-fleet:hosts", "bench"], { ...host, address: "lab-a.local", hostKey });
    await copy.config(["pi-fleet:hosts", "lab-a"], undefined);
    await copy.up();
    deepEqual([(await runner.only()).name, (await runner.only()).online], ["bench", true]);
    await copy.nothingToChange();
  });

  it("is deregistered with its stack, also when its Pi is off and the token in the state is revoked", async () => {
    const newer = "a-token-of-the-person-who-destroys";
    await runner.ask({
      forgetToken: token,
      token: { token: newer, access: { [scope]: "admin", "orgs/example": "admin" } },
    });
    await copy.host("lab-a").powerOff();
    const { name } = await runner.only();
    const destroy = ["env", `GITHUB_TOKEN=${newer}`, "pulumi", "destroy", "--yes", "--skip-preview"];
    const { exitCode, stdout, stderr } = await copy.onLaptop(...destroy, "--non-interactive");
    equal(exitCode, 0, stdout + stderr);
    match(stdout, new RegExp(`${name}: deregistered from repos/example/blinky`));
    deepEqual((await runner.ask()).runners, []);
  });

  it("has shown no secret: nothing that GitHub made is anywhere but with its runner", async () => {
    await copy.host("lab-a").boot();
    const { minted } = await runner.ask({ tellMinted: true });
    ok(!JSON.stringify(runner.requests).includes(token));
    // A token of an hour is on the Pi, never the one that makes it.
    ok(minted.includes(await runner.onHost(`cat ${file}`)));
    await secretsAreNowhere(copy, ["lab-a", "lab-b"], [token, ...minted]);
    equal(await runner.onHost(`grep -rlF -e ${token} /var/lib /run || true`), "");
  });
});
