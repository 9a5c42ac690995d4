import { setTimeout as delay } from "node:timers/promises";
import { GitHubError, GitHubRunners, requestToken, type ListedRunner } from "../github.js";
import { jitConfigFile } from "../jit-config.js";
import { mayAwaitFlash, PhaseError, parseOutcome, stepInputs, variable, type Outcome } from "../outcome.js";
import { progress } from "../progress.js";
import type { RunnerSpec } from "../runner.js";
import { RunnerOnPi, type RunnerState } from "../runner-on-pi.js";
import { SshError } from "../ssh.js";
import type { StepSecrets } from "./main.js";

type Result = Omit<Outcome, "pi" | "seconds">;
export type Registration = NonNullable<Outcome["registration"]>;

/**
 * Registers the runner when the Pi or GitHub show that it must be, and waits until GitHub lists it as online. Does
 * nothing on GitHub but look when all is well: so it may run as often as it likes.
 */
export async function deliverRunnerStep(secrets: StepSecrets, flags: string[]): Promise<Result> {
  const { pi } = stepInputs();
  const before = lastRegistration(pi);
  try {
    return await RunnerOnPi.with(secrets.deployKey, runnerSpec(), (runner) =>
      register(secrets, runner, before),
    );
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
  runner: RunnerOnPi,
  before: Registration | undefined,
): Promise<Result> {
  const spec = runnerSpec();
  const state = await runner.state();
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
  let once: number | undefined;
  if (right) {
    if (state.active !== "active" || listed.status === "offline") await runner.restart();
  } else {
    await removeOld(github, runner, listed, state, before, token);
    once = await deliver(github, runner, secret);
  }

  const online = await untilOnline(github, runner, { not: right ? undefined : listed?.id, once });
  await runner.note(online.id, variable("DELIVERY"));
  const { version } = await runner.state();
  const labels = online.labels.map((label) => label.name);
  const activity = online.done ? "done" : online.busy ? "busy" : "idle";
  progress(
    online.done
      ? `${spec.name}: its one job is done already`
      : `${spec.name}: online, ${activity}, version ${version || "unknown"}, labels ${labels.join(", ")}`,
  );
  return {
    status: right ? "already there" : "converged",
    registration: { id: online.id, scope: spec.scope, name: spec.name, activity, version, labels },
  };
}

/** Gives the runner what it registers with. The id of a just-in-time registration is known then. */
async function deliver(
  github: GitHubRunners,
  runner: RunnerOnPi,
  secret: string,
): Promise<number | undefined> {
  const spec = runnerSpec();
  const minted = spec.credential.kind === "just-in-time" ? await justInTime(github, spec) : undefined;
  if (minted) await runner.deliver(jitConfigFile(minted.config));
  else if (spec.credential.kind === "token") await runner.deliver(secret.trim());
  else await runner.deliver(await github.registrationToken());
  const what = minted ? "a registration for one job" : "a token for its registration";
  progress(`${spec.name}: ${what} in ${spec.scope} was delivered`);
  return minted?.id;
}

/** A registration for one job. */
async function justInTime(github: GitHubRunners, spec: RunnerSpec): Promise<{ id: number; config: string }> {
  const { name, systemLabels, labels, workFolder } = spec;
  const groupId = await github.groupId(spec.group);
  const runner = { name, labels: [...new Set([...systemLabels, ...labels])], groupId, workFolder };
  return github.justInTime(runner).catch(async (error: unknown) => {
    if (!(error instanceof GitHubError) || error.status !== 409) throw error;
    // The old one is removed by now: this is of our own try of a moment ago, whose answer was lost.
    const half = await github.find(name);
    if (half?.status !== "offline") throw error;
    await github.delete(half.id);
    return github.justInTime(runner);
  });
}

/** Makes room: what is registered under the name, and what this Pi or this stack had registered elsewhere. */
async function removeOld(
  github: GitHubRunners,
  runner: RunnerOnPi,
  listed: ListedRunner | undefined,
  state: RunnerState,
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
    await removeWhenIdle(github, listed.id, runner);
  }
  const done = new Set<string>();
  for (const { id, scope } of [state, ...(before ? [before] : [])]) {
    if (id === undefined || id === listed?.id || !scope || done.has(`${scope} ${id}`)) continue;
    done.add(`${scope} ${id}`);
    await removeWhenIdle(new GitHubRunners(spec.api, scope, token), id, runner).catch((error: unknown) => {
      if (!(error instanceof GitHubError)) throw error;
      progress(`${spec.name}: its old registration stays in ${scope}: ${error.message}`);
    });
  }
}

/** GitHub keeps a runner that runs a job; the job may end, unless config wants otherwise. */
async function removeWhenIdle(github: GitHubRunners, id: number, onPi: RunnerOnPi): Promise<void> {
  const { name, interruptJobs, timeouts, credential } = runnerSpec();
  const deadline = Date.now() + timeouts.idle * 1000;
  let told = false;
  for (;;) {
    if (interruptJobs) await onPi.stop();
    const busy = await github.delete(id).then(
      () => false,
      (error: unknown) => {
        if (error instanceof GitHubError && error.status === 422) return true;
        throw error;
      },
    );
    // With interruptJobs the next registration replaces it, job and all; a just-in-time one can't.
    if (!busy || (interruptJobs && credential.kind !== "just-in-time")) return;
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

/**
 * The runner once GitHub lists it as online. `not` is the id of one that is on its way out; `once` that of a registration
 * for one job, which may be over before anybody looked.
 */
async function untilOnline(
  github: GitHubRunners,
  runner: RunnerOnPi,
  { not, once }: { not: number | undefined; once: number | undefined },
): Promise<ListedRunner & { done?: boolean }> {
  const { name, scope, timeouts } = runnerSpec();
  const deadline = Date.now() + timeouts.online * 1000;
  let listed: ListedRunner | undefined;
  for (;;) {
    listed = await github.find(name);
    if (listed?.status === "online") {
      if (listed.id !== not) return listed;
      // A runner that was replaced in place keeps its id: then the Pi has it too.
      if ((await runner.state()).agent === listed.id) return listed;
    }
    if (!listed && once !== undefined && (await runner.state()).done)
      return { id: once, name, status: "offline", busy: false, labels: [], done: true };
    if (Date.now() > deadline) break;
    await delay(1500);
  }
  const { active, journal } = await runner.state();
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

export function runnerSpec(): RunnerSpec {
  return JSON.parse(variable("RUNNER")) as RunnerSpec;
}

/** What the last run of this Command had registered. */
export function lastRegistration(pi: string): Registration | undefined {
  const previous = process.env["PULUMI_COMMAND_STDOUT"];
  return previous === undefined ? undefined : parseOutcome(pi, previous).registration;
}

export function required(githubToken: string | undefined): string {
  if (githubToken) return githubToken;
  throw new PhaseError(
    "runner",
    "the stack has no githubToken: pulumi config set --secret pi-fleet:githubToken",
  );
}
