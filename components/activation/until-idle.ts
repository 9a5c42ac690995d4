import type { BusyRunner } from "../on-pi/activate-script.js";
import { PhaseError } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { until } from "../shared/until.js";
import type { ActivationContext } from "./activation-args.js";

/**
 * Waits for jobs of the Pi's runners to end. When one takes too long, a system that keeps its runner is activated all the
 * same, and the runner is restarted after the job; a system that would stop the runner has to wait for the next run.
 * @throws PhaseError
 */
export async function untilIdle({ target, script, args }: ActivationContext): Promise<void> {
  const { toplevel, idle } = args;
  let busy: BusyRunner[] = [];
  const isIdle = await until(
    async () => {
      busy = await script.busy(toplevel);
      return busy.length === 0;
    },
    {
      limitSeconds: idle,
      everySeconds: 2,
      onFirstWait: () => progress(`${target.name}: waiting for the job of ${names(busy)} to end`),
    },
  );
  const stopped = busy.filter(({ then }) => then === "stops");
  if (isIdle || stopped.length === 0) return;
  throw new PhaseError(
    "activate",
    `${names(stopped)} runs a job for longer than ${idle} s, and the new system, which has no such runner, would ` +
      "stop it. Nothing was changed; the next `pulumi up` tries again",
  );
}

function names(busy: readonly BusyRunner[]): string {
  return busy.map(({ runner }) => runner).join(", ");
}
