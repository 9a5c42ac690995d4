import { setTimeout as delay } from "node:timers/promises";
import { type RunnerOnPi } from "../on-pi/runner-on-pi.js";
import { type GitHubRunners, type ListedRunner } from "../runners/github-runners.js";
import { type Registration } from "./runner-inputs.js";
import { runnerSpec } from "./runner-inputs.js";
import { PhaseError } from "../protocol/phase-error.js";

/**
 * The runner once GitHub lists it as online. `not` is the id of one that is on its way out; `once` that of a registration
 * for one job, which may be over before anybody looked.
 */
export async function untilOnline(
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
export class NotOnline extends PhaseError {
  constructor(
    message: string,
    readonly registration: Registration | undefined,
  ) {
    super("runner", message);
  }
}
