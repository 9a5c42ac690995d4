import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { GitHubRunners } from "../../../components/runners/github-runners.js";
import { GitHub } from "../../../lab/github/github.js";
import { rest } from "../../../lab/github/rest.js";
import { runnerProtocol } from "../../../lab/github/runner-protocol.js";

/** The repository that the tests' credentials are for. */
export const scope = "repos/o/r";

/** Serves the lab's GitHub to the tests of a `describe`, with the credentials `right` and `tok-…`. */
export function gitHubServer(): GitHubServer {
  const server = new GitHubServer();
  before(() => server.start());
  after(() => server.stop());
  return server;
}

class GitHubServer {
  readonly github = new GitHub();
  private readonly server: Server;

  constructor() {
    const { github } = this;
    const access = (right: "admin" | "read") => ({ [scope]: right });
    github.credentials.set("right", { kind: "token", access: access("admin") });
    github.credentials.set("tok-reader", { kind: "token", access: access("read") });
    github.credentials.set("tok-stranger", { kind: "token", access: {} });
    github.credentials.set("tok-old", {
      kind: "token",
      access: access("admin"),
      expires: Date.now() - 1000,
    });
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        const path = new URL(request.url ?? "", "http://x");
        const answer = rest(github, request, path, body);
        github.log.push({ method: request.method ?? "", path: path.pathname, status: answer.status });
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
      });
    });
  }

  async start(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  stop(): void {
    this.server.close();
  }

  /** Of GitHub's REST API. */
  get api(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v3`;
  }

  /** The client under test. */
  runners(token: string, limits = { totalSeconds: 2, answerSeconds: 1 }): GitHubRunners {
    return new GitHubRunners(this.api, scope, token, limits);
  }

  /** What the runner program does with a registration token. */
  async register(name: string, token: string) {
    const form = new URLSearchParams({ token, url: "http://x/o/r", name, labels: "a,b" });
    return runnerProtocol(this.github, "register", form);
  }
}
