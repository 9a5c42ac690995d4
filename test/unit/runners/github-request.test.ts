import { deepEqual, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { type GitHubError } from "../../../components/runners/github-error.js";
import { ask } from "../../../components/runners/github-request.js";

interface Answer {
  readonly status: number;
  readonly body?: string;
  /** The header. */
  readonly location?: string;
}

describe("a request to GitHub", () => {
  let server: Server;
  /** What is answered, in this order; after the last one nothing is. */
  let answers: Answer[];
  let asked: { request: IncomingMessage; body: string }[];

  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push({ request, body });
        const next = answers.shift();
        if (next)
          response.writeHead(next.status, next.location ? { location: next.location } : {}).end(next.body);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  beforeEach(() => {
    answers = [];
    asked = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const api = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const limits = { totalSeconds: 0.5, answerSeconds: 0.2 };
  const access = () => ({ api: api(), token: "tok", scope: "repos/o/r", limits });
  const answer = z.object({ id: z.number() });

  it("has the token and GitHub's version, and gives back what was asked for", async () => {
    answers = [{ status: 201, body: '{"id":7,"more":1}' }];
    deepEqual(await ask(access(), { method: "POST", path: "x/y?z", body: { a: 1 }, answer }), { id: 7 });
    const [{ request, body } = {}] = asked;
    deepEqual([request?.method, request?.url, body], ["POST", "/x/y?z", '{"a":1}']);
    const { authorization, accept, "x-github-api-version": version } = request?.headers ?? {};
    deepEqual(
      [authorization, accept, version],
      [...["Bearer tok", "application/vnd.github+json", "2022-11-28"]],
    );
  });

  it("may have an answer without a body", async () => {
    answers = [{ status: 204 }];
    equal(await ask(access(), { method: "DELETE", path: "x", answer: z.unknown() }), undefined);
  });

  it("that finds GitHub in trouble is made again, until its time is over", async () => {
    answers = [
      { status: 502, body: "<html>" },
      { status: 200, body: '{"id":7}' },
    ];
    const patient = { ...access(), limits: { totalSeconds: 5, answerSeconds: 2 } };
    deepEqual(await ask(patient, { method: "GET", path: "x", answer }), { id: 7 });
    answers = [{ status: 502, body: "<html>" }];
    await rejects(ask(access(), { method: "GET", path: "x", answer }), {
      ...{ name: "GitHubError", status: 502 },
      message: `GitHub has a problem (502 from ${api()}): Bad Gateway`,
    });
    equal(asked.length, 3);
  });

  it("that gets no answer says how long it waited, and keeps the cause", async () => {
    await rejects(ask(access(), { method: "GET", path: "x", answer }), (error: GitHubError) => {
      equal(error.message, `GitHub can't be reached at ${api()}: no answer in 0.2 s`);
      equal((error.cause as Error).name, "TimeoutError");
      return error.status === 0;
    });
  });

  it("that is refused has GitHub's own words", async () => {
    answers = [{ status: 422, body: '{"message":"Validation Failed"}' }];
    await rejects(ask(access(), { method: "GET", path: "x", answer }), {
      message: "GitHub refuses (422): Validation Failed",
    });
  });

  it("follows a repository to its new name, on the same host", async () => {
    answers = [
      { status: 307, location: "/repositories/7/x" },
      { status: 201, body: '{"id":7}' },
    ];
    deepEqual(await ask(access(), { method: "POST", path: "x", body: { a: 1 }, answer }), { id: 7 });
    deepEqual(
      asked.map(({ request, body }) => [request.method, request.url, request.headers.authorization, body]),
      [
        ["POST", "/x", "Bearer tok", '{"a":1}'],
        ["POST", "/repositories/7/x", "Bearer tok", '{"a":1}'],
      ],
    );
  });

  it("is not sent to a host that config does not name", async () => {
    const heard: string[] = [];
    const other = createServer((request, response) => {
      heard.push(request.url ?? "");
      response.writeHead(200).end('{"id":7}');
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    other.unref();
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    answers = [{ status: 302, location: `${elsewhere}/x` }];
    await rejects(ask(access(), { method: "GET", path: "x", answer }), (error: GitHubError) =>
      error.message.startsWith(
        `${api()} sends requests about repos/o/r to ${elsewhere}, which config does not name: nothing was sent there`,
      ),
    );
    deepEqual(heard, []);
  });

  it("that is sent round in a circle ends", async () => {
    answers = Array.from({ length: 20 }, () => ({ status: 302, location: "/x" }));
    await rejects(ask(access(), { method: "GET", path: "x", answer }), /GitHub refuses \(302\)/);
    equal(asked.length, 6);
  });

  it("that gets another form of answer says so, without what is in it", async () => {
    for (const body of ['{"id":"SECRET"}', "SECRET"]) {
      answers = [{ status: 200, body }];
      await rejects(ask(access(), { method: "GET", path: "x", answer }), (error: GitHubError) => {
        const start = "GitHub's answer to GET x is of a form that this version does not know: ";
        return error.message.startsWith(start) && !error.message.includes("SECRET");
      });
    }
  });
});
