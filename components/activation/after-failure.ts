import type { PiStatus } from "../on-pi/status.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { clock, until } from "../shared/until.js";
import type { ActivationContext } from "./activation-args.js";
import { isThere } from "./is-there.js";
import { unsettled } from "./unsettled.js";
import { wayBackSeconds } from "./way-back-seconds.js";

/**
 * Looks at what the Pi runs when an activation seems to have failed, and waits for the end of one that is still under way.
 * If the Pi is where it should be, it has not failed.
 * @param before what the Pi ran before the activation
 * @throws PhaseError that also says what the Pi runs
 */
export async function afterFailure(
  context: ActivationContext,
  error: unknown,
  before: PiStatus,
): Promise<PiStatus> {
  const { target, args } = context;
  if (!(error instanceof PhaseError)) throw error;
  progress(`${target.name}: ${error.message.split("\n")[0]}; looking at what it runs`);
  const failed = (stands: string) =>
    new PhaseError(error.phase, `${error.message}\n${stands}`, { cause: error });
  const now = await atRest(context);
  if (!now)
    throw failed(
      "It can't be reached now. What was not confirmed is undone by the Pi itself, now or at its next boot; the next run tells.",
    );
  if (isThere(args, now) && now.record?.id === args.id) return now;
  const runs = now.current === before.current ? "its old system, as before" : now.current;
  const boots = now.profile === now.current ? "boots it" : `would boot ${now.profile}`;
  const stands = `It runs ${runs}, and ${boots}`;
  if (now.activation) throw failed(`${stands}. It is still at it; the next run tells how that ended.`);
  const why = unsettled(now);
  throw failed(why ? `${stands}, and ${why}. The next \`pulumi up\` activates it anew.` : `${stands}.`);
}

/**
 * How the Pi stands once no activation is under way there any more, or at the end of the time for that.
 * @returns `undefined` when it can't be reached
 */
async function atRest({ pi, args }: ActivationContext): Promise<PiStatus | undefined> {
  const { connect, confirm, activate } = args.timeouts;
  // A Pi that restarts takes a while to answer.
  const unseenUntil = clock.now() + Math.max(connect, confirm) * 1000;
  let last: PiStatus | undefined;
  const gone = Symbol();
  const end = await until(
    async () => {
      const observed = await pi.observe();
      if (observed.kind === "seen") {
        last = observed.status;
        return last.activation ? undefined : last;
      }
      return !last && clock.now() >= unseenUntil ? gone : undefined;
    },
    { limitSeconds: confirm + wayBackSeconds(activate), everySeconds: 1 },
  );
  return end === gone ? undefined : last;
}
