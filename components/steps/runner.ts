import { setTimeout as delay } from "node:timers/promises";
import { GitHubError, GitHubRunners, requestToken, type ListedRunner } from "../github.js";
import {
  mayAwaitFlash,
  PhaseError,
  parseOutcome,
  stepInputs,
  stepTarget,
  variable,
  type Outcome,
} from "../outcome.js";
import { progress } from "../progress.js";
import { noRoot, runAsRoot } from "../root.js";
import type { RunnerSpec } from "../runner.js";
import { SshError, SshSession } from "../ssh.js";
import type { StepSecrets } from "./main.js";

type Result = Omit<Outcome, "pi" | "seconds">;
type Registration = NonNullable<Outcome["registration"]>;

/**
 * Registers the runner when the Pi or GitHub show that it must be, and waits until GitHub lists it as online. Does
 * nothing on GitHub but look when all is well: so it may run as often as it likes.
 */
export async function deliverRunnerStep(secrets: StepSecrets, flags: string[]): Promise<Result> {
  const { pi } = stepInputs();
  const before = lastRegistration(pi);
  try {
    return await onPi(secrets, (run) => register(secrets, run, before));
  } catch (error) {
    if (error instanceof SshError && error.reason === "unreachable" && mayAwaitFlash(pi, flags))
      return { status: "awaiting flash" };
    if (!(error instanceof PhaseError || error instanceof SshError || error instanceof GitHubError))
      throw error;
    // What is to be removed from GitHub some day must not be forgotten because of a failure.
    const known = error instanceof NotOnline ? error.registration : before;
    return {
      status: "failed",
      phase: "runner",
      message: error.message,
      ...(known ? { registration: known } : {}),
    };
  }
}

async function register(
  secrets: StepSecrets,
  run: RunOnPi,
  before: Registration | undefined,
): Promise<Result> {
  const spec = runnerSpec();
  const state = readState(await run(["state", spec.name]));
  if (!state.unit)
    throw new PhaseError(
      "runner",
      `the Pi's system has no unit ${spec.unit}: its activation has not ended well`,
    );
  const secret = required(secrets.githubToken);
  const token = await requestToken(spec.api, spec.scope, spec.credential, secret);
  const github = new GitHubRunners(spec.api, spec.scope, token);

  const listed = await github.find(spec.name);
  const own = [state.id, state.agent];
  const right = listed && own.includes(listed.id) && state.token && state.registration === spec.registration;
  if (right) {
    if (state.active !== "active" || listed.status === "offline") await run(["restart", spec.name]);
  } else {
    await removeOld(github, run, listed, state, before, token);
    const delivered = spec.credential.kind === "token" ? secret.trim() : await github.registrationToken();
    await run(["deliver", spec.name, spec.tokenFile, spec.registration, spec.scope], delivered);
    progress(`${spec.name}: a token for its registration in ${spec.scope} was delivered`);
  }

  const online = await untilOnline(github, run, right ? undefined : listed?.id);
  await run([
    "note",
    spec.name,
    spec.tokenFile,
    spec.registration,
    spec.scope,
    String(online.id),
    variable("DELIVERY"),
  ]);
  const { version } = readState(await run(["state", spec.name]));
  const labels = online.labels.map((label) => label.name);
  const activity = online.busy ? "busy" : "idle";
  progress(`${spec.name}: online, ${activity}, version ${version || "unknown"}, labels ${labels.join(", ")}`);
  return {
    status: right ? "already there" : "converged",
    registration: { id: online.id, scope: spec.scope, name: spec.name, activity, version, labels },
  };
}

/** Makes room: what is registered under the name, and what this Pi or this stack had registered elsewhere. */
async function removeOld(
  github: GitHubRunners,
  run: RunOnPi,
  listed: ListedRunner | undefined,
  state: PiState,
  before: Registration | undefined,
  token: string,
): Promise<void> {
  const spec = runnerSpec();
  if (listed) {
    const ours = [state.id, state.agent, before?.id].includes(listed.id);
    if (!ours && listed.status === "online")
      throw new PhaseError(
        "runner",
        `another machine is online as ${spec.name} in ${spec.scope}, and this stack did not register it: ` +
          "give this runner another name, or remove that one on GitHub",
      );
    await removeWhenIdle(github, listed.id, () => run(["stop", spec.name]));
  }
  const elsewhere = [
    { id: state.id, scope: state.scope },
    { id: before?.id, scope: before?.scope },
  ].filter(({ id }) => id !== undefined && id !== listed?.id);
  const done = new Set<string>();
  for (const { id, scope } of elsewhere) {
    if (id === undefined || !scope || done.has(`${scope} ${id}`)) continue;
    done.add(`${scope} ${id}`);
    await new GitHubRunners(spec.api, scope, token).delete(id).catch((error: unknown) => {
      progress(`${spec.name}: its old registration stays in ${scope}: ${(error as Error).message}`);
    });
  }
}

/** GitHub keeps a runner that runs a job; the job may end, unless config wants otherwise. */
async function removeWhenIdle(github: GitHubRunners, id: number, stop: () => Promise<string>): Promise<void> {
  const { name, interruptJobs, timeouts } = runnerSpec();
  const deadline = Date.now() + timeouts.idle * 1000;
  let told = false;
  for (;;) {
    const runner = await github.get(id);
    if (!runner) return;
    if (!runner.busy || interruptJobs) {
      await stop();
      const left = await github.delete(id).then(
        () => false,
        (error: unknown) => {
          if (error instanceof GitHubError && error.status === 422) return true;
          throw error;
        },
      );
      // Replaced by the next registration, job and all.
      if (!left || interruptJobs) return;
    }
    if (Date.now() > deadline)
      throw new PhaseError(
        "runner",
        `${name} runs a job for longer than ${timeouts.idle} s, and is registered anew only after it; the next ` +
          "`pulumi up` tries again (interruptJobs: true would not wait)",
      );
    if (!told) progress(`${name}: waiting for its job to end`);
    told = true;
    await delay(3000);
  }
}

/** The runner once GitHub lists it as online; `not` is the id of one that is on its way out. */
async function untilOnline(
  github: GitHubRunners,
  run: RunOnPi,
  not: number | undefined,
): Promise<ListedRunner> {
  const { name, scope, timeouts } = runnerSpec();
  const deadline = Date.now() + timeouts.online * 1000;
  let listed: ListedRunner | undefined;
  for (;;) {
    listed = await github.find(name);
    if (listed?.status === "online") {
      if (listed.id !== not) return listed;
      // A runner that was replaced in place keeps its id: then the Pi has it too.
      if (readState(await run(["state", name])).agent === listed.id) return listed;
    }
    if (Date.now() > deadline) break;
    await delay(1500);
  }
  const { active, journal } = readState(await run(["state", name]));
  const stands = listed ? "lists it as offline" : "does not list it";
  throw new NotOnline(
    `${name} is not online after ${timeouts.online} s: GitHub ${stands} in ${scope}, and its unit is ${active}` +
      (journal.length > 0 ? `:\n${journal.join("\n")}` : ""),
    listed && { id: listed.id, scope, name, activity: "offline", version: "", labels: [] },
  );
}

/** The runner registered, or tried to, and can't be used yet. */
class NotOnline extends PhaseError {
  constructor(
    message: string,
    readonly registration: Registration | undefined,
  ) {
    super("runner", message);
  }
}

/**
 * Takes the runner from GitHub and its token from the Pi, each also when the other can't be reached. Only what this
 * stack registered: a runner that was registered since has another id.
 */
export async function removeRunnerStep(secrets: StepSecrets): Promise<Result> {
  const { pi } = stepInputs();
  const spec = runnerSpec();
  const own = lastRegistration(pi);
  const left: string[] = [];
  await onPi(secrets, (run) => run(["remove", spec.name, spec.tokenFile, String(own?.id ?? "")])).catch(
    (error: unknown) => {
      if (!(error instanceof PhaseError || error instanceof SshError)) throw error;
      left.push(`its runner's token stays on it: ${error.message}`);
    },
  );
  if (own) {
    await deregister(spec, own, process.env["GITHUB_TOKEN"] || secrets.githubToken).catch(
      (error: unknown) => {
        if (!(error instanceof PhaseError || error instanceof GitHubError)) throw error;
        left.push(`the runner ${own.name} stays registered in ${own.scope}: ${error.message}`);
      },
    );
  }
  for (const message of left) progress(`${pi}: ${message}`);
  return { status: "already there", ...(left.length > 0 ? { message: left.join("\n") } : {}) };
}

async function deregister(spec: RunnerSpec, own: Registration, secret: string | undefined): Promise<void> {
  const plain = process.env["GITHUB_TOKEN"] ? ({ kind: "token" } as const) : spec.credential;
  const token = await requestToken(spec.api, own.scope, plain, required(secret));
  const github = new GitHubRunners(spec.api, own.scope, token);
  const runner = await github.get(own.id);
  if (!runner || runner.name.toLowerCase() !== own.name.toLowerCase()) return;
  await github.delete(own.id);
  progress(`${own.name}: deregistered from ${own.scope}`);
}

function runnerSpec(): RunnerSpec {
  return JSON.parse(variable("RUNNER")) as RunnerSpec;
}

/** What the last run of this Command had registered. */
function lastRegistration(pi: string): Registration | undefined {
  const previous = process.env["PULUMI_COMMAND_STDOUT"];
  return previous === undefined ? undefined : parseOutcome(pi, previous).registration;
}

function required(githubToken: string | undefined): string {
  if (githubToken) return githubToken;
  throw new PhaseError(
    "runner",
    "the stack has no githubToken: pulumi config set --secret pi-fleet:githubToken",
  );
}

interface PiState {
  readonly unit: boolean;
  readonly active: string;
  /** What was noted at the end of the last delivery. */
  readonly registration: string;
  readonly id: number | undefined;
  readonly scope: string;
  readonly token: boolean;
  /** The id in the runner's own state. */
  readonly agent: number | undefined;
  readonly version: string;
  readonly journal: readonly string[];
}

function readState(text: string): PiState {
  const all = (key: string) =>
    text.split("\n").flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
  const one = (key: string) => all(key)[0] ?? "";
  const id = (key: string) => (one(key) === "" ? undefined : Number(one(key)));
  return {
    unit: one("unit") === "yes",
    active: one("active"),
    registration: one("registration"),
    id: id("id"),
    scope: one("scope"),
    token: one("token") === "yes",
    agent: id("agent"),
    version: one("version"),
    journal: all("journal"),
  };
}

/** runner.sh as root; gives its stdout. */
type RunOnPi = (args: string[], input?: string) => Promise<string>;

async function onPi<T>(secrets: StepSecrets, work: (run: RunOnPi) => Promise<T>): Promise<T> {
  const { timeouts } = stepInputs();
  const target = stepTarget();
  return SshSession.with(secrets.deployKey, timeouts.connect, async (session) => {
    await session.trust(target);
    return await work(async (args, input = "") => {
      // A stop may take as long as systemd lets it, 90 s.
      const result = await runAsRoot(session, target, ["runner", ...args], {
        input,
        timeoutSeconds: timeouts.connect + 120,
      });
      if (result.exitCode !== 0)
        throw new PhaseError(
          "runner",
          noRoot(target, result) ?? `${target.name}: ${result.stderr.trim().slice(0, 500)}`,
        );
      return result.stdout;
    });
  });
}
