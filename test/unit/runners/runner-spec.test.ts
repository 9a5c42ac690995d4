import { deepEqual, equal, match, notEqual, rejects, throws } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { crossFaults } from "../../../components/config/cross-faults.js";
import { host } from "../../../components/config/host.js";
import { GitHubRunners } from "../../../components/runners/github-runners.js";
import { outdatedBy } from "../../../components/runners/runner-releases.js";
import { runnerReleases } from "../../../components/runners/runner-releases.js";
import { appJwt } from "../../../components/runners/github-app.js";
import { requestToken } from "../../../components/runners/github-token.js";
import { type GitHubError } from "../../../components/runners/github-error.js";
import { jitConfigFile } from "../../../components/runners/just-in-time-config.js";
import { parseStatus } from "../../../components/on-pi/status.js";
import { idleSeconds, runnersOf } from "../../../components/runners/runner-spec.js";
import { runnersForNix } from "../../../components/evaluation/runners-for-nix.js";
import { runnerConvergence, type Listing } from "../../../components/convergence/runner-convergence.js";
import { GitHub } from "../../../lab/github/github.js";
import { rest } from "../../../lab/github/rest.js";
import { runnerProtocol } from "../../../lab/github/runner-protocol.js";
import { provider as stack } from "../../../lab/plugins/github.js";

const repository = { kind: "repository", repository: "o/r" } as const;

describe("a runner's config", () => {
  const hostOf = (extra: object) => host.parse({ board: "pi4", ...extra });

  it("serves a repository, an organisation or an enterprise", () => {
    const places = [
      repository,
      { kind: "organization", organization: "o", group: "g" },
      { kind: "enterprise", enterprise: "e" },
    ].map((runner) => {
      const [spec] = runnersOf("a", hostOf({ runner }));
      return [spec?.scope, spec?.url, spec?.group];
    });
    deepEqual(places, [
      ["repos/o/r", "https://github.com/o/r", null],
      ["orgs/o", "https://github.com/o", "g"],
      ["enterprises/e", "https://github.com/enterprises/e", null],
    ]);
  });

  it("keeps the first runner's file, and gives each further one its own", () => {
    const two = runnersOf("a", hostOf({ runner: repository, runners: [{ ...repository, name: "b" }] }));
    deepEqual(
      two.map(({ name, tokenFile }) => [name, tokenFile]),
      [
        ["a", "/var/lib/github-runner/.runner_token"],
        ["b", "/var/lib/github-runner/.runner_token-b"],
      ],
    );
  });

  it("is another registration when what GitHub knows of it changes, and only then", () => {
    const registration = (extra: object) =>
      runnersForNix("a", hostOf({ runner: { ...repository, ...extra } }))[0]?.registration;
    const first = registration({});
    for (const same of [{ hardware: false }, { interruptJobs: true }, { timeouts: { idle: 3 } }])
      equal(registration(same), first);
    const others = [{ labels: ["x"] }, { name: "b" }, { repository: "o/s" }, { workDir: "/var/w" }].map(
      registration,
    );
    equal(new Set([first, ...others]).size, 5);
  });

  it("tells GitHub of a just-in-time runner all that its own configuration would", () => {
    const runner = { ...repository, labels: ["x"], credential: { kind: "just-in-time" } };
    const places = (["pi4", "pi2", "virtual"] as const).map((board) => {
      const [spec] = runnersOf("a", host.parse({ board, runner }));
      return spec?.systemLabels.join(" ");
    });
    deepEqual(places, ["self-hosted Linux ARM64", "self-hosted Linux ARM", "self-hosted Linux X64"]);
    const [inMemory] = runnersOf("a", hostOf({ runner }));
    const [onCard] = runnersOf("a", hostOf({ runner: { ...runner, workDir: "/var/w" } }));
    deepEqual([inMemory?.workFolder, onCard?.workFolder], ["../../../../run/github-runner/a", "../../../w"]);
    notEqual(
      inMemory?.registration,
      runnersOf("a", hostOf({ runner: { ...repository, labels: ["x"] } }))[0]?.registration,
    );
  });

  it("lets an activation wait for jobs as long as the most patient runner wants", () => {
    const runners = [30, 90].map((idle) => ({ ...repository, name: `r${idle}`, timeouts: { idle } }));
    deepEqual([idleSeconds("a", hostOf({ runners })), idleSeconds("a", hostOf({}))], [90, 600]);
  });

  it("refuses what can't be: an App that makes groups, two minds about one group, a job too many", () => {
    const faults = (...runners: object[]) =>
      crossFaults({
        hosts: { a: hostOf({ runners: runners.map((runner, i) => ({ ...runner, name: `r${i}` })) }) },
        buildHosts: {},
        waves: { canary: [] },
      }).map(({ path, message }) => `${path.join(".")}: ${message}`);
    const organization = { kind: "organization", organization: "o" };
    const made = { ...organization, group: { name: "g", create: true } };
    deepEqual(faults(made, made, { ...organization, group: "g" }), []);
    match(
      faults(made, { ...organization, group: { ...made.group, repositories: ["r"] } }).join(),
      /runners.1.group: another runner makes this group with other settings/,
    );
    match(
      faults({ ...made, credential: { kind: "app", appId: 1 } }).join(),
      /runners.0.group: is made with a token only/,
    );
    match(
      faults({ ...repository, ephemeral: true, credential: { kind: "just-in-time" } }).join(),
      /runners.0.ephemeral: a just-in-time runner has one job anyway/,
    );
    equal(
      host.safeParse({
        board: "pi4",
        runner: { kind: "enterprise", enterprise: "e", group: { name: "g", create: true } },
      }).success,
      false,
    );
  });

  it("takes no unsafe address", () => {
    for (const api of ["http://example.com", "https://x/", "ftp://x", "http://10.evil.example"])
      equal(host.safeParse({ board: "pi4", runner: { ...repository, github: { api } } }).success, false, api);
  });
});

describe("how a runner stands", () => {
  const [spec] = runnersOf("a", host.parse({ board: "pi4", runner: repository }));
  const seen = (registration: string) => ({
    kind: "seen" as const,
    status: parseStatus(`current=/x\nregistered.a=${registration} 7 of yesterday, seen 2026`),
  });
  const listing = (status: "online" | "offline", id = 7): Listing => ({
    kind: "listed",
    runners: [{ id, name: "a", status, busy: false, labels: [] }],
    releases: [],
  });
  const standing = (registration: string, listed: Listing) =>
    runnerConvergence("a", spec!, seen(registration), undefined, listed, "now");

  it("gives back what the Pi reports while all is well, or GitHub can't be asked", () => {
    for (const listed of [
      listing("online"),
      { kind: "not asked" } as const,
      { kind: "unknown", message: "no answer" } as const,
    ]) {
      const { id, confirmed } = standing(spec!.registration, listed);
      deepEqual([id, confirmed], ["of yesterday, seen 2026", true]);
    }
  });

  it("knows a runner that registers anew by itself by its name", () => {
    const [again] = runnersOf("a", host.parse({ board: "pi4", runner: { ...repository, ephemeral: true } }));
    const look = (listed: Listing) =>
      runnerConvergence("a", again!, seen(again!.registration), undefined, listed, "now");
    equal(look(listing("online", 8)).confirmed, true);
    match(look({ kind: "listed", runners: [], releases: [] }).remark ?? "", /no runner a with the id 7/);
  });

  it("gives a just-in-time runner another job only after the one it had", () => {
    const status = parseStatus("current=/x\nspent.a=yes");
    const look = (listed: Listing) =>
      runnerConvergence("a", spec!, { kind: "seen", status }, undefined, listed, "now");
    match(
      look({ kind: "not asked" }).remark ?? "",
      /a has done its one job, and `pulumi up` gives it another/,
    );
  });

  it("shows with a GitHub App what the Pi says", () => {
    const notAsked = { kind: "not asked" } as const;
    match(standing("0123", notAsked).id, /other labels, group, name or url/);
    const gone = { kind: "seen" as const, status: parseStatus("current=/x") };
    match(
      runnerConvergence("a", spec!, gone, undefined, notAsked, "now").id,
      /a is not registered from this Pi/,
    );
  });

  it("names each drift", () => {
    match(standing("0123", listing("online")).id, /other labels, group, name or url/);
    match(standing(spec!.registration, listing("offline")).remark ?? "", /lists a as offline/);
    match(standing(spec!.registration, listing("online", 8)).remark ?? "", /no runner a with the id 7/);
  });
});

describe("a just-in-time config", () => {
  const decode = (text = "") => JSON.parse(Buffer.from(text, "base64").toString()) as Record<string, string>;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");

  it("is told not to update its program, and is else as GitHub made it", () => {
    const runner = { AgentId: "3", DisableUpdate: "False", Ephemeral: "True" };
    const file = jitConfigFile(encode({ ".runner": encode(runner), ".credentials": "eA==" }));
    const [, variable, config] = /^([A-Z_]+)=([A-Za-z0-9+/=]+)\n$/.exec(file) ?? [];
    equal(variable, "ACTIONS_RUNNER_INPUT_JITCONFIG");
    equal(decode(config)[".credentials"], "eA==");
    deepEqual(decode(decode(config)[".runner"]), { ...runner, DisableUpdate: "true" });
  });

  it("is refused without a word of it when it is of another form", () => {
    for (const config of ["c2VjcmV0", encode({}), encode({ ".runner": "c2VjcmV0" })])
      throws(
        () => jitConfigFile(config),
        (error: Error) => error.message.includes("of a form") && !error.message.includes("secret"),
      );
  });
});

describe("the version of a runner", () => {
  it("is too old when a newer one is out for over 30 days", () => {
    const now = Date.parse("2026-03-01T00:00:00Z");
    const releases = [
      { tag_name: "v2.332.0", published_at: "2026-02-27T00:00:00Z" },
      { tag_name: "v2.331.0", published_at: "2026-01-02T00:00:00Z" },
    ];
    deepEqual(
      ["2.332.0", "2.331.0", "2.330.1", "2.99.0"].map((version) => outdatedBy(version, releases, now)),
      [undefined, undefined, "2.331.0", "2.331.0"],
    );
  });
});

describe("GitHub", () => {
  let github: GitHub;
  let server: Server;
  let api: string;
  const scope = "repos/o/r";
  const runners = (token: string, limits = { totalSeconds: 2, answerSeconds: 1 }) =>
    new GitHubRunners(api, scope, token, limits);

  before(async () => {
    github = new GitHub();
    github.credentials.set("right", { kind: "token", access: { [scope]: "admin" } });
    github.credentials.set("tok-reader", { kind: "token", access: { [scope]: "read" } });
    github.credentials.set("tok-stranger", { kind: "token", access: {} });
    github.credentials.set("tok-old", {
      kind: "token",
      access: { [scope]: "admin" },
      expires: Date.now() + 60_000,
    });
    server = createServer((request, response) => {
      void text(request).then((body) => {
        const path = new URL(request.url ?? "", "http://x");
        const answer = rest(github, request, path, body);
        github.log.push({ method: request.method ?? "", path: path.pathname, status: answer.status });
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
  });

  after(() => server.close());

  const registered = async (name: string, token: string) => {
    const form = new URLSearchParams({ token, url: "http://x/o/r", name, labels: "a,b" });
    return runnerProtocol(github, "register", form);
  };

  it("lists all pages, finds one, and deletes it, twice without complaint", async () => {
    const token = await runners("right").registrationToken();
    for (let i = 0; i < 150; i++) equal((await registered(`r${i}`, token)).status, 200);
    equal((await runners("right").list()).length, 150);
    const one = await runners("right").find("r7");
    equal(one?.status, "offline");
    for (let i = 0; i < 2; i++) await runners("right").delete(one?.id ?? 0);
    equal(await runners("right").find("r7"), undefined);
  });

  it("refuses a spent token, and a second runner of one name", async () => {
    const token = await runners("right").registrationToken();
    equal((await registered("twin", token)).status, 200);
    equal((await registered("twin", token)).status, 409);
    github.moveClock(3601);
    equal((await registered("late", token)).status, 404);
  });

  it("says what to do about each refusal, and never the token", async () => {
    const refusals: [string, RegExp][] = [
      ["tok-wrong", /401 Bad credentials.*pulumi config set --secret/],
      ["tok-old", /401/],
      ["tok-reader", /403 .*Administration \(read and write\) on o\/r/],
      ["tok-stranger", /no repos\/o\/r, or the credential may not see it \(404\)/],
    ];
    for (const [token, words] of refusals) {
      await rejects(runners(token).registrationToken(), (error: unknown) => {
        match((error as GitHubError).message, words);
        return !(error as GitHubError).message.includes(token);
      });
    }
  });

  it("waits as long as GitHub asks, if that is bearable", async () => {
    github.faults.retryAfterSeconds = 1;
    setTimeout(() => (github.faults.retryAfterSeconds = undefined), 500);
    await runners("right").list("x");
    github.faults.retryAfterSeconds = 900;
    const start = Date.now();
    await rejects(runners("right").list(), /try again in 900 s/);
    equal(Date.now() - start < 1000, true);
    github.faults.retryAfterSeconds = undefined;
  });

  it("gives up on a GitHub that is not there", async () => {
    const nowhere = new GitHubRunners("http://127.0.0.1:59999", scope, "x", {
      totalSeconds: 1,
      answerSeconds: 1,
    });
    await rejects(nowhere.list(), /can't be reached at http:\/\/127.0.0.1:59999: .*ECONNREFUSED/);
  });

  it("tells the runner's releases, where there are any", async () => {
    const release = { tag_name: "v2.1.0", published_at: "2020-01-01T00:00:00Z" };
    github.releases.push(release);
    deepEqual(await runnerReleases(api, "right"), [release]);
    deepEqual(await runnerReleases(`${api}/none`, "right"), []);
  });

  it("keeps a runner that runs a job", async () => {
    const { status, text: lines } = await registered("busy", await runners("right").registrationToken());
    equal(status, 200);
    const form = new URLSearchParams(lines.trim().replace("\n", "&"));
    github.jobs.set(1, { id: 1, scope, labels: ["a"], script: "true", status: "queued" });
    match((await runnerProtocol(github, "poll", form)).text, /^1\ntrue/);
    const busy = await runners("right").find("busy");
    deepEqual([busy?.busy, busy?.status], [true, "online"]);
    await rejects(runners("right").delete(busy?.id ?? 0), { status: 422 });
  });

  it("registers a runner for one job, of that name and group only once", async () => {
    const one = { name: "jit", labels: ["self-hosted", "X"], groupId: 1, workFolder: "../work" };
    const { id, config } = await runners("right").justInTime(one);
    equal((await runners("right").find("jit"))?.id, id);
    deepEqual(
      (await runners("right").find("jit"))?.labels.map(({ name }) => name),
      ["self-hosted", "x"],
    );
    match(Buffer.from(config, "base64").toString(), /^{"\.runner":"/);
    await rejects(runners("right").justInTime(one), { status: 409 });
    await rejects(runners("right").justInTime({ ...one, name: "k", groupId: 9 }), { status: 404 });
    await rejects(runners("right").justInTime({ ...one, name: "k", labels: [] }), { status: 422 });
    github.moveClock(86_500);
    equal(await runners("right").find("jit"), undefined);
  });

  it("finds a runner group, and says when there is none", async () => {
    github.credentials.set("org", { kind: "token", access: { "orgs/o": "admin" } });
    const all = new GitHubRunners(api, "orgs/o", "org");
    const standard = await all.groupId(null);
    const made = Array.from({ length: 120 }, (_, i) => github.addGroup("orgs/o", `g${i}`));
    deepEqual([await all.groupId("g119"), await all.groupId(null)], [made[119]?.id, standard]);
    await rejects(all.groupId("none"), /orgs\/o has no runner group none/);
    equal(await runners("right").groupId(null), 1);
  });

  it("keeps a runner group that the stack makes", async () => {
    github.repositories.set("o/r", 7);
    const group = stack.resource("github:index/actionsRunnerGroup:ActionsRunnerGroup");
    const context = { status: () => undefined, log: () => undefined, signal: new AbortController().signal };
    stack.configure?.({ token: "org", owner: "o", baseUrl: api.replace("api/v3", "") });
    const inputs = { name: "made", visibility: "selected", selectedRepositoryIds: [7] };
    deepEqual(group.check(inputs).failures, []);
    match(
      JSON.stringify(group.check({ ...inputs, visibility: "some", colour: "red" }).failures),
      /colour.*visibility/,
    );
    const { id, state } = await group.create({ name: "x", inputs, preview: false }, context);
    equal(github.groups.get(Number(id))?.repositories[0], 7);
    await rejects(
      group.create({ name: "x", inputs, preview: false }, context),
      /409 Runner group with this name/,
    );
    const later = { name: "renamed", visibility: "all" };
    await group.update?.({ id, inputs: later, state, preview: false }, context);
    deepEqual(github.groups.get(Number(id))?.repositories, []);
    equal((await group.read?.({ id, state }, context))?.["name"], "renamed");
    await group.delete?.({ id, state }, context);
    equal(await group.read?.({ id, state }, context), undefined);
    stack.configure?.({ token: "tok-stranger", owner: "o", baseUrl: api.replace("api/v3", "") });
    await rejects(group.create({ name: "x", inputs, preview: false }, context), /404 Not Found/);
  });

  it("takes a GitHub App, by its key", async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const app = { kind: "app", appId: 5 } as const;
    github.apps.set("5", { id: "5", publicKey, installation: 77, access: { [scope]: "admin" } });
    github.moveClock((Date.now() - github.now()) / 1000);
    const token = await requestToken(api, scope, app, pem);
    match(token, /^ghs_/);
    match(await runners(token).registrationToken(), /^A/);
    await rejects(
      requestToken(api, scope, app, other.export({ type: "pkcs8", format: "pem" }).toString()),
      /401/,
    );
    await rejects(requestToken(api, scope, app, "ghp_x"), /not the GitHub App's private key/);
    await rejects(requestToken(api, "orgs/else", app, pem), /the GitHub App is not installed for orgs\/else/);
    equal(await requestToken(api, scope, { kind: "just-in-time" }, " ghp_x\n"), "ghp_x");
    match(await requestToken(api, scope, { ...app, kind: "just-in-time" }, pem), /^ghs_/);
    equal(github.appOf(appJwt(5, pem, github.now() - 3_600_000)), undefined);
  });
});
