import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { host } from "../../components/config.js";
import {
  appJwt,
  type GitHubError,
  GitHubRunners,
  outdatedBy,
  requestToken,
  runnerReleases,
} from "../../components/github.js";
import { parseStatus } from "../../components/probe.js";
import { runnersForNix, runnersOf } from "../../components/runner.js";
import { runnerStanding, type Listing } from "../../components/runner-standing.js";
import { GitHub } from "../../lab/github/github.js";
import { rest } from "../../lab/github/rest.js";
import { runnerProtocol } from "../../lab/github/runner-protocol.js";

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
    runnerStanding("a", spec!, seen(registration), undefined, listed, "now");

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

  it("names each drift", () => {
    match(standing("0123", listing("online")).id, /other labels, group, name or url/);
    match(standing(spec!.registration, listing("offline")).remark ?? "", /lists a as offline/);
    match(standing(spec!.registration, listing("online", 8)).remark ?? "", /no runner a with the id 7/);
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
    equal(github.appOf(appJwt(5, pem, github.now() - 3_600_000)), undefined);
  });
});
