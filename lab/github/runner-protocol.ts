import { randomBytes } from "node:crypto";
import type { GitHub, Job, Runner } from "./github.js";

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * What the lab's runner (lab/nixpkgs, github-runner.sh) says to the lab's GitHub, below /_runner. The real protocol is
 * another, undocumented one; this is the least that a shell can speak: forms in, lines out. Tokens are in bodies only.
 *
 *   register  token, url, name, labels, group, replace, ephemeral, version  ->  id=… and secret=…
 *   poll      id, secret        ->  nothing, or JOB and its script; waits a while
 *   result    id, secret, job, exit, output
 *   stop      id, secret        the runner goes offline, and its job is cancelled
 */
export async function runnerProtocol(
  github: GitHub,
  verb: string,
  form: URLSearchParams,
): Promise<TextAnswer> {
  if (verb === "register") return register(github, form);
  const runner = github.runners.get(Number(form.get("id")));
  if (!runner || runner.secret !== form.get("secret"))
    return {
      status: 404,
      text: "The runner registration has been deleted from the server, please re-configure.\n",
    };
  runner.seen = github.now();
  if (verb === "stop") {
    runner.connected = false;
    const job = github.jobs.get(runner.job ?? 0);
    if (job)
      Object.assign(job, { status: "completed", exitCode: 130, output: "The operation was canceled." });
    runner.job = undefined;
    return { status: 200, text: "" };
  }
  if (verb === "result") return result(github, runner, form);
  runner.connected = true;
  runner.version = form.get("version") ?? runner.version;
  const deadline = Date.now() + 4000;
  while (Date.now() < deadline) {
    if (github.runners.get(runner.id) !== runner)
      return { status: 404, text: "The runner registration has been deleted.\n" };
    runner.seen = github.now();
    const job = [...github.jobs.values()].find((one) => suits(one, runner));
    if (job) {
      job.status = "in_progress";
      job.runner = runner.name;
      runner.job = job.id;
      return { status: 200, text: `${job.id}\n${job.script}\n` };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { status: 200, text: "" };
}

/** GitHub compares labels without case. */
function suits(job: Job, runner: Runner): boolean {
  const own = runner.labels.map((label) => label.toLowerCase());
  return (
    job.status === "queued" &&
    job.scope === runner.scope &&
    job.labels.every((label) => own.includes(label.toLowerCase()))
  );
}

function register(github: GitHub, form: URLSearchParams): TextAnswer {
  const scope = scopeOf(form.get("url") ?? "");
  const credential = github.credential(form.get("token") ?? "");
  // As the real one: a token that is unknown, spent or for something else is "Not Found".
  if (!credential || credential.kind === "remove" || credential.access[scope] !== "admin")
    return { status: 404, text: "Http response code: NotFound from 'POST /actions/runner-registration'\n" };
  const name = form.get("name") ?? "";
  const group = form.get("group") ?? "";
  if (group && !github.groupsOf(scope).some((one) => one.name === group))
    return { status: 404, text: `Could not find any self-hosted runner group named "${group}".\n` };
  const old = github.runnersOf(scope).find((runner) => runner.name === name);
  if (old && form.get("replace") !== "1")
    return { status: 409, text: "A runner exists with the same name\n" };
  const runner: Runner = {
    id: old?.id ?? github.id(),
    scope,
    name,
    labels: (form.get("labels") ?? "").split(",").filter(Boolean),
    group,
    version: form.get("version") ?? "",
    ephemeral: form.get("ephemeral") === "1",
    secret: randomBytes(18).toString("hex"),
    connected: false,
    seen: github.now(),
    job: undefined,
  };
  github.runners.set(runner.id, runner);
  return { status: 200, text: `id=${runner.id}\nsecret=${runner.secret}\n` };
}

function result(github: GitHub, runner: Runner, form: URLSearchParams): TextAnswer {
  const job = github.jobs.get(Number(form.get("job")));
  if (!job || runner.job !== job.id) return { status: 409, text: "That job is not this runner's.\n" };
  job.status = "completed";
  job.exitCode = Number(form.get("exit"));
  job.output = form.get("output") ?? "";
  runner.job = undefined;
  if (runner.ephemeral) github.runners.delete(runner.id);
  return { status: 200, text: "" };
}

function scopeOf(url: string): string {
  const parts = new URL(url, "http://lab").pathname.split("/").filter(Boolean);
  if (parts[0] === "enterprises") return parts.slice(0, 2).join("/");
  return parts.length === 1 ? `orgs/${parts[0]}` : `repos/${parts.slice(0, 2).join("/")}`;
}
