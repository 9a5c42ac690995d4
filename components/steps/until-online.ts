import type { RunnerOnPi } from "../on-pi/runner-on-pi.js";
import type { Registration } from "../protocol/outcome.js";
import { PhaseError } from "../protocol/phase-error.js";
import type { GitHubRunners, ListedRunner } from "../runners/github-runners.js";
import { until } from "../shared/until.js";

export interface OnlineRunner extends ListedRunner {
  /** A registration for one job whose job is over already, and which GitHub has removed. */
  readonly done?: boolean;
}

interface Expected {
  /** The id of a runner of the same name that is on its way out. */
  readonly replacedId: number | undefined;
  /** The id of a registration for one job, which may be over before anybody looked. */
  readonly oneJobId: number | undefined;
}

/**
 * Waits until GitHub lists the runner as online.
 * @throws NotOnline when that takes longer than `timeouts.online`
 */
export async function untilOnline(
  github: GitHubRunners,
  onPi: RunnerOnPi,
  { replacedId, oneJobId }: Expected,
): Promise<OnlineRunner> {
  const { name, scope, timeouts } = onPi.spec;
  let listed: ListedRunner | undefined;
  const look = async (): Promise<OnlineRunner | undefined> => {
    listed = await github.find(name);
    if (listed?.status === "online") {
      // A runner that was replaced in place keeps its id: then the Pi has that id too.
      if (listed.id !== replacedId || (await onPi.state()).agent === listed.id) return listed;
    }
    if (!listed && oneJobId !== undefined && (await onPi.state()).done)
      return { id: oneJobId, name, status: "offline", busy: false, labels: [], done: true };
    return undefined;
  };
  const online = await until(look, { limitSeconds: timeouts.online, everySeconds: 1.5 });
  if (online) return online;

  const { active, journal } = await onPi.state();
  const says = listed ? "lists it as offline" : "does not list it";
  throw new NotOnline(
    `${name} is not online after ${timeouts.online} s: GitHub ${says} in ${scope}, and its unit is ${active}` +
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
