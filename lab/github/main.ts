// The lab's GitHub: main.ts SOCKET. Stands in for: api.github.com and the service that runners talk to, as far as a
// fleet of runners needs it (see github.ts, rest.ts and runner-protocol.ts for what each does not model). It listens on
// the laptop's address, port 80, as a GitHub Enterprise Server would: the API is /api/v3. Tests use SOCKET.
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { control, type Wish } from "./control.js";
import { GitHub } from "./github.js";
import { rest } from "./rest.js";
import { runnerProtocol } from "./runner-protocol.js";

const ADDRESS = "10.77.0.1";

const [socket = ""] = process.argv.slice(2);
const github = new GitHub();
// The token of Pulumi.lab.yaml.
github.credentials.set("ghp_labTokenThatNoGitHubKnows0123456789", {
  kind: "token",
  access: { "repos/example/blinky": "admin", "orgs/example": "admin", "enterprises/acme": "admin" },
});
github.repositories.set("example/blinky", 101);
for (const group of ["Default", "hardware"]) github.addGroup("orgs/example", group, group === "Default");

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? "/", `http://${ADDRESS}`);
  const body = await text(request);
  const verb = /^\/_runner\/(\w+)$/.exec(path.pathname)?.[1];
  if (verb) {
    const { status, text: lines } = await runnerProtocol(github, verb, new URLSearchParams(body));
    if (verb !== "poll") record(request, path, status);
    response.writeHead(status, { "content-type": "text/plain" }).end(lines);
    return;
  }
  if (github.faults.delaySeconds) await delay(github.faults.delaySeconds * 1000);
  const user = /^\/([^/]+)\.keys$/.exec(path.pathname)?.[1];
  if (user) {
    const keys = github.keys.get(user);
    const status = github.faults.status ?? (keys === undefined ? 404 : 200);
    record(request, path, status);
    response.writeHead(status, { "content-type": "text/plain" }).end(status === 200 ? keys : "Not Found");
    return;
  }
  const { status, body: json, headers } = rest(github, request, path, body);
  record(request, path, status);
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(json === undefined ? undefined : JSON.stringify(json));
}

function record(request: IncomingMessage, path: URL, status: number): void {
  github.log.push({ method: request.method ?? "", path: path.pathname.replace("/api/v3", ""), status });
}

const api = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
api.listen(80, ADDRESS);
await once(api, "listening");

await rm(socket, { force: true });
createServer((request, response) => {
  void text(request).then((body) =>
    response.end(JSON.stringify(control(github, JSON.parse(body || "{}") as Wish))),
  );
}).listen(socket);
