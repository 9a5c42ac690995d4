import { deepEqual, equal, match, ok } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolveGitHubUsers } from "../../../components/stack/github-users.js";
import { fingerprint } from "../../../components/ssh/public-key.js";
import { parseFleetConfig } from "../../../components/stack/parse-config.js";
import { newSshKeys } from "../../ssh-keys.js";

const newKey = () => newSshKeys().public.split(" ").slice(0, 2).join(" ");
const [laptop, desktop, stranger] = [newKey(), newKey(), newKey()] as [string, string, string];
const shownAs = (key: string) => `${key} octocat@github`;
const pin = [laptop, desktop].map(fingerprint);

describe("keys of a GitHub user", () => {
  let server: Server;
  let answer: { status: number; text: string } | "nothing";
  let asked: string[];

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      if (answer !== "nothing") response.writeHead(answer.status).end(answer.text);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  beforeEach(() => {
    answer = { status: 200, text: `${laptop}\n${desktop}\n` };
    asked = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("are taken when they are pinned, for people who hold them and for accounts", async () => {
    const { fleet, holders, taken, warnings, faults } = await resolve([{ github: "octocat", pin }], {
      beau: { keys: [stranger, { github: "octocat", pin: pin.slice(0, 1) }] },
    });
    deepEqual([holders, faults], [[laptop, desktop].map(shownAs), []]);
    deepEqual(fleet.hosts["a"]?.users?.["beau"]?.keys, [stranger, shownAs(laptop)]);
    deepEqual(taken, { octocat: [laptop, desktop].map(shownAs) });
    // The account pins one of the two.
    equal(warnings.length, 1);
    deepEqual(asked, ["/octocat.keys"]);
  });

  it("that are not pinned are left out, and those that GitHub shows no more, with a warning each", async () => {
    answer = { status: 200, text: `${laptop}\n${stranger}\nnonsense\n` };
    const { holders, warnings, faults } = await resolve([{ github: "octocat", pin }]);
    deepEqual([holders, faults], [[shownAs(laptop)], []]);
    deepEqual(warnings, [
      `GitHub shows a key of octocat that is not pinned, and it is left out: ${fingerprint(stranger)}`,
      `GitHub does not show ${fingerprint(desktop)} of octocat any more, and it is left out`,
    ]);
  });

  it("lock nobody out: without any other key it is a fault", async () => {
    answer = { status: 404, text: "Not Found" };
    const { faults } = await resolve([{ github: "octocat", pin }]);
    match(
      faults.join(),
      /^keys\.holders: GitHub shows none of the pinned keys, and no other would be left to log in with/,
    );
    const other = await resolve([{ github: "octocat", pin }, stranger], {
      beau: { keys: [{ github: "octocat", pin }] },
    });
    deepEqual(other.holders, [stranger]);
    match(other.faults.join(), /^hosts\.a\.users\.beau\.keys: GitHub shows none/);
  });

  it("without a pin are a fault with the line to write", async () => {
    const { faults } = await resolve([{ github: "octocat" }]);
    equal(faults.length, 1);
    ok(faults[0]!.startsWith("keys.holders[0].pin: is missing"), faults[0]);
    ok(faults[0]!.includes(`{ github: octocat, pin: ["${pin[0]}", "${pin[1]}"] }`), faults[0]);
  });

  it("are those of the last run while GitHub can't be reached, so far as they are pinned", async () => {
    answer = { status: 503, text: "" };
    const last = { octocat: [laptop, stranger].map(shownAs) };
    const { holders, taken, warnings, faults } = await resolve([{ github: "octocat", pin }], {}, last);
    deepEqual([holders, taken, faults], [[shownAs(laptop)], { octocat: [shownAs(laptop)] }, []]);
    match(
      warnings[0]!,
      /could not be read from GitHub: it answers with status 503; those of the last run are used/,
    );
    const first = await resolve([{ github: "octocat", pin }]);
    match(first.faults.join(), /^keys\.holders\[0\]: .*no earlier run has left any that is pinned/);
  });

  it("are waited for no longer than some seconds", async function () {
    this.timeout(10_000);
    answer = "nothing";
    const start = Date.now();
    const { faults } = await resolve([{ github: "octocat", pin }]);
    match(faults.join(), /it gave no answer within 4 s/);
    ok(Date.now() - start < 6000);
  });

  it("say why a server is not there", async () => {
    const { faults } = await resolve([{ github: "octocat", pin }], {}, {}, "http://127.0.0.1:9");
    match(faults.join(), /could not be read from GitHub: .*ECONNREFUSED|bad port/);
  });

  for (const [what, user, expected] of [
    [
      "a pin that is none",
      { github: "octocat", pin: ["SHA256:x"] },
      /keys\.holders\[0\]\.pin\[0\]: a fingerprint/,
    ],
    [
      "a name that is none",
      { github: "../octocat" },
      /keys\.holders\[0\]\.github: the login of a GitHub user/,
    ],
    ["an unknown option", { github: "octocat", pni: pin }, /keys\.holders\[0\].*pni/],
  ] as const) {
    it(`refuse ${what}`, () => {
      let message = "";
      try {
        parse([user]);
      } catch (error) {
        ({ message } = error as Error);
      }
      match(message, expected);
    });
  }

  function parse(holders: unknown[], users: object = {}, url = "https://github.com") {
    return parseFleetConfig({
      "pi-fleet:hosts": JSON.stringify({ a: { board: "pi4", users } }),
      "pi-fleet:keys": JSON.stringify({ holders, github: { url } }),
    });
  }

  function resolve(
    holders: unknown[],
    users: object = {},
    last: Record<string, string[]> = {},
    url = serverUrl(),
  ) {
    const config = parse(holders, users, url);
    return resolveGitHubUsers(config.fleet, config.holders, () => Promise.resolve(last));
  }

  function serverUrl(): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});
