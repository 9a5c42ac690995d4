import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { notFound, refuse, safeJson, type Answer } from "./answer.js";
import type { Access, Credential, GitHub, Runner } from "./github.js";
import { runnerGroups } from "./runner-groups.js";

/**
 * The REST API below /api/v3, as docs.github.com/rest/actions/self-hosted-runners describes it: it refuses what
 * GitHub refuses.
 */
export function rest(github: GitHub, request: IncomingMessage, path: URL, body: string): Answer {
  const fault = github.faults;
  if (fault.retryAfterSeconds !== undefined)
    return refuse(429, "You have exceeded a secondary rate limit.", {
      "retry-after": String(fault.retryAfterSeconds),
      "x-ratelimit-remaining": "0",
    });
  if (fault.status !== undefined) return refuse(fault.status, `The server answers ${fault.status}.`);
  if (!request.headers["user-agent"])
    return refuse(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
    );
  const [kind = "", token = ""] = (request.headers.authorization ?? "").split(" ");
  if (!token) return refuse(401, "Requires authentication");
  if (!/^(bearer|token)$/i.test(kind)) return refuse(401, "Bad credentials");
  const method = request.method ?? "GET";
  const route = path.pathname.replace(/^\/api\/v3\//, "");

  if (token.split(".").length === 3) return asApp(github, method, route, token);
  const credential = github.credential(token);
  if (!credential || !["token", "installation"].includes(credential.kind))
    return refuse(401, "Bad credentials");
  if (method === "GET" && route === "repos/actions/runner/releases")
    return { status: 200, body: github.releases };
  const repository = /^repos\/([^/]+\/[^/]+)$/.exec(route)?.[1];
  if (method === "GET" && repository) {
    const id = github.repositories.get(repository);
    return id === undefined ? notFound : { status: 200, body: { id, full_name: repository } };
  }
  const organization = /^orgs\/([^/]+)$/.exec(route)?.[1];
  if (method === "GET" && organization)
    return route in credential.access ? { status: 200, body: { id: 1, login: organization } } : notFound;
  const match =
    /^(repos\/[^/]+\/[^/]+|orgs\/[^/]+|enterprises\/[^/]+)\/actions\/(runners|runner-groups)(\/[^?]*)?$/.exec(
      route,
    );
  if (!match) return notFound;
  const [, scope = "", what, rest = ""] = match;
  const allowed = allows(credential, scope, method === "GET" ? "read" : "admin");
  if (allowed) return allowed;
  if (what === "runner-groups") return runnerGroups(github, method, scope, rest, path.searchParams, body);
  return runners(github, method, scope, rest, path.searchParams, body, request.headers.host ?? "");
}

/** What only an App's own JWT may do: find its installation and get a token for it. */
function asApp(github: GitHub, method: string, route: string, jwt: string): Answer {
  const app = github.appOf(jwt);
  if (!app) return refuse(401, "A JSON web token could not be decoded");
  const where = /^(.+)\/installation$/.exec(route)?.[1];
  if (method === "GET" && where)
    return where in app.access ? { status: 200, body: { id: app.installation } } : notFound;
  if (method === "POST" && route === `app/installations/${app.installation}/access_tokens`) {
    const token = github.grant("installation", "ghs_", app.access, 3600);
    return { status: 201, body: { token, expires_at: new Date(github.now() + 3_600_000).toISOString() } };
  }
  return notFound;
}

function allows({ access, kind }: Credential, scope: string, wanted: Access): Answer | undefined {
  const has = access[scope];
  if (!has) return notFound;
  // Reading runners needs the permission to administer too.
  if (has === "admin") return undefined;
  const by = kind === "installation" ? "integration" : "personal access token";
  return refuse(403, `Resource not accessible by ${by}`, {
    "x-accepted-github-permissions": scope.startsWith("repos/")
      ? `administration=${wanted === "read" ? "read" : "write"}`
      : `organization_self_hosted_runners=${wanted === "read" ? "read" : "write"}`,
  });
}

function runners(
  github: GitHub,
  method: string,
  scope: string,
  rest: string,
  query: URLSearchParams,
  body: string,
  host: string,
): Answer {
  if (method === "GET" && rest === "") return list(github, scope, query);
  if (method === "POST" && (rest === "/registration-token" || rest === "/remove-token")) {
    const kind = rest === "/remove-token" ? "remove" : "registration";
    const token = github.grant(kind, "A", { [scope]: "admin" }, 3600);
    return { status: 201, body: { token, expires_at: new Date(github.now() + 3_600_000).toISOString() } };
  }
  if (method === "POST" && rest === "/generate-jitconfig") return jitConfig(github, scope, body, host);
  const runner = github.runnersOf(scope).find(({ id }) => rest === `/${id}`);
  if (!runner) return notFound;
  if (method === "GET") return { status: 200, body: shown(github, runner) };
  if (method !== "DELETE") return notFound;
  if (runner.job !== undefined)
    return refuse(422, `Runner "${runner.name}" is currently running a job and cannot be deleted.`);
  github.runners.delete(runner.id);
  return { status: 204 };
}

function list(github: GitHub, scope: string, query: URLSearchParams): Answer {
  const name = query.get("name");
  const size = Math.min(100, Number(query.get("per_page") ?? 30));
  const page = Number(query.get("page") ?? 1);
  if (!(size >= 1 && page >= 1)) return refuse(422, "Validation Failed");
  const all = github.runnersOf(scope).filter((runner) => name === null || runner.name === name);
  const more = all.length > page * size;
  const next = new URLSearchParams(query);
  next.set("page", String(page + 1));
  return {
    status: 200,
    body: {
      total_count: all.length,
      runners: all.slice((page - 1) * size, page * size).map((runner) => shown(github, runner)),
    },
    headers: more ? { link: `</api/v3/${scope}/actions/runners?${next.toString()}>; rel="next"` } : {},
  };
}

/** Registers a runner for one job. Its labels are those asked for and no others, in lower case. */
function jitConfig(github: GitHub, scope: string, body: string, host: string): Answer {
  const wish = safeJson(body) as { [key: string]: unknown; name?: string; labels?: string[] };
  const missing = ["name", "runner_group_id", "labels"].find((key) => wish[key] === undefined);
  if (missing) return refuse(422, `Invalid input: object is missing required key: ${missing}.`);
  const { name = "", labels = [], runner_group_id: group, work_folder: work = "_work" } = wish;
  if (!Array.isArray(labels) || labels.length === 0)
    return refuse(422, "Invalid property /labels: 1 item required; only 0 were supplied.");
  if (scope.startsWith("repos/") ? group !== 1 : !github.groupsOf(scope).some(({ id }) => id === group))
    return notFound;
  if (typeof work !== "string" || work.startsWith("/"))
    return refuse(422, "work_folder is relative to the runner's root.");
  if (github.runnersOf(scope).some((other) => other.name === name))
    return refuse(409, `Already exists - A runner with the name ${name} already exists.`);
  const runner: Runner = {
    id: github.id(),
    scope,
    name,
    labels: labels.map((label) => label.toLowerCase()),
    group: github.groups.get(Number(group))?.name ?? "",
    version: "",
    ephemeral: true,
    secret: randomBytes(18).toString("hex"),
    connected: false,
    seen: github.now(),
    job: undefined,
  };
  github.runners.set(runner.id, runner);
  const settings = { AgentId: String(runner.id), AgentName: name, Ephemeral: "True", WorkFolder: work };
  const files = {
    ".runner": encode(JSON.stringify({ ...settings, ServerUrlV2: `http://${host}` })),
    ".credentials": encode(runner.secret),
    ".credentials_rsaparams": encode("{}"),
  };
  const config = encode(JSON.stringify(files));
  github.minted.push(config);
  return { status: 201, body: { runner: shown(github, runner), encoded_jit_config: config } };
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}

function shown(github: GitHub, runner: Runner) {
  return {
    id: runner.id,
    name: runner.name,
    os: "linux",
    status: github.online(runner) ? "online" : "offline",
    busy: runner.job !== undefined,
    ephemeral: runner.ephemeral,
    labels: runner.labels.map((name, index) => ({ id: index + 1, name, type: "custom" })),
  };
}
