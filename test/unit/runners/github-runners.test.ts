import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { type GitHubError } from "../../../components/runners/github-error.js";
import { GitHubRunners } from "../../../components/runners/github-runners.js";
import { runnerProtocol } from "../../../lab/github/runner-protocol.js";
import { gitHubServer, scope } from "./github-server.js";

describe("GitHub", () => {
  const server = gitHubServer();
  beforeEach(() => server.github.runners.clear());

  it("lists all pages, finds one, and deletes it, twice without complaint", async () => {
    const token = await server.runners("right").registrationToken();
    for (let i = 0; i < 150; i++) equal((await server.register(`r${i}`, token)).status, 200);
    equal((await server.runners("right").list()).length, 150);
    const one = await server.runners("right").find("r7");
    equal(one?.status, "offline");
    for (let i = 0; i < 2; i++) await server.runners("right").delete(one?.id ?? 0);
    equal(await server.runners("right").find("r7"), undefined);
  });

  it("says what to do about each refusal, and never the token", async () => {
    const refusals: [string, RegExp][] = [
      ["tok-wrong", /401 Bad credentials.*pulumi config set --secret/],
      ["tok-old", /401/],
      ["tok-reader", /403 .*Administration \(read and write\) on o\/r/],
      ["tok-stranger", /no repos\/o\/r, or the credential may not see it \(404\)/],
    ];
    for (const [token, words] of refusals) {
      await rejects(server.runners(token).registrationToken(), (error: unknown) => {
        match((error as GitHubError).message, words);
        return !(error as GitHubError).message.includes(token);
      });
    }
  });

  it("waits as long as GitHub asks, if that is bearable", async () => {
    server.github.faults.retryAfterSeconds = 1;
    setTimeout(() => (server.github.faults.retryAfterSeconds = undefined), 500);
    await server.runners("right").list("x");
    server.github.faults.retryAfterSeconds = 900;
    const start = Date.now();
    await rejects(server.runners("right").list(), /try again in 900 s/);
    equal(Date.now() - start < 1000, true);
    server.github.faults.retryAfterSeconds = undefined;
  });

  it("gives up on a GitHub that is not there", async () => {
    const nowhere = new GitHubRunners("http://127.0.0.1:59999", scope, "x", {
      totalSeconds: 1,
      answerSeconds: 1,
    });
    await rejects(nowhere.list(), /can't be reached at http:\/\/127.0.0.1:59999: .*ECONNREFUSED/);
  });

  it("keeps a runner that runs a job", async () => {
    const { status, text: lines } = await server.register(
      "busy",
      await server.runners("right").registrationToken(),
    );
    equal(status, 200);
    const form = new URLSearchParams(lines.trim().replace("\n", "&"));
    server.github.jobs.set(1, { id: 1, scope, labels: ["a"], script: "true", status: "queued" });
    match((await runnerProtocol(server.github, "poll", form)).text, /^1\ntrue/);
    const busy = await server.runners("right").find("busy");
    deepEqual([busy?.busy, busy?.status], [true, "online"]);
    await rejects(server.runners("right").delete(busy?.id ?? 0), { status: 422 });
  });

  it("registers a runner for one job, of that name and group only once", async () => {
    const one = { name: "jit", labels: ["self-hosted", "X"], groupId: 1, workFolder: "../work" };
    const { id, config } = await server.runners("right").justInTime(one);
    equal((await server.runners("right").find("jit"))?.id, id);
    deepEqual(
      (await server.runners("right").find("jit"))?.labels.map(({ name }) => name),
      ["self-hosted", "x"],
    );
    match(Buffer.from(config, "base64").toString(), /^{"\.runner":"/);
    await rejects(server.runners("right").justInTime(one), { status: 409 });
    await rejects(server.runners("right").justInTime({ ...one, name: "k", groupId: 9 }), { status: 404 });
    await rejects(server.runners("right").justInTime({ ...one, name: "k", labels: [] }), { status: 422 });
    server.github.moveClock(86_500);
    equal(await server.runners("right").find("jit"), undefined);
  });
});
