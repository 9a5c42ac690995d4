import type { PiStatus } from "../on-pi/status.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { until } from "../shared/until.js";
import type { ActivationContext } from "./activation-args.js";
import { isThere } from "./is-there.js";

/**
 * Looks at what the Pi runs when an activation seems to have failed. If the Pi is where it should be, it has not.
 * @param before what the Pi ran before the activation
 * @throws PhaseError that also says what the Pi runs
 */
export async function afterFailure(
  { pi, target, args }: ActivationContext,
  error: unknown,
  before: PiStatus,
): Promise<PiStatus> {
  if (!(error instanceof PhaseError)) throw error;
  progress(`${target.name}: ${error.message.split("\n")[0]}; looking at what it runs`);
  const { connect, confirm } = args.timeouts;
  // A Pi that restarts takes a while to answer.
  const now = await until(
    async () => {
      const observed = await pi.observe();
      return observed.kind === "seen" && observed.status;
    },
    { limitSeconds: Math.max(connect, confirm), everySeconds: 1 },
  );
  const failed = (stands: string) =>
    new PhaseError(error.phase, `${error.message}\n${stands}`, { cause: error });
  if (!now)
    throw failed(
      "It can't be reached now. What was not confirmed is undone by the Pi itself, now or at its next boot; the next run tells.",
    );
  if (isThere(args, now) && now.record?.id === args.id) return now;
  const runs = now.current === before.current ? "its old system, as before" : now.current;
  const boots = now.profile === now.current ? "boots it" : `would boot ${now.profile}`;
  throw failed(`It runs ${runs}, and ${boots}.`);
}
