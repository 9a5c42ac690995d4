import type { ActivateScript, ActivationReport } from "../on-pi/activate-script.js";
import type { PiStatus } from "../on-pi/status.js";
import { PhaseError, type Phase } from "../protocol/phase-error.js";
import { progress } from "../shared/progress.js";
import { clock, until } from "../shared/until.js";
import { loginText } from "../ssh/logins.js";
import { SshError } from "../ssh/ssh-error.js";
import type { ActivationContext } from "./activation-args.js";
import { isThere } from "./is-there.js";
import { wayBackSeconds } from "./way-back-seconds.js";

/**
 * Starts an activation and follows it to its commit. Connections may break on the way, since the activation may change
 * the network.
 * @throws PhaseError
 */
export async function followToCommit(context: ActivationContext): Promise<PiStatus> {
  const { pi, target, args } = context;
  const { goal, timeouts } = args;
  if (goal !== "boot") {
    const report = await follow(context, timeouts.activate + wayBackSeconds(timeouts.activate), "activate");
    if (report.phase !== "awaiting-confirmation") throw notKept(report, "activate");
    progress(
      `${target.name}: confirming over a fresh connection${pi.isFormer ? `, by ${loginText(pi.wanted)}` : ""}`,
    );
    await confirm(context);
  }
  const phase = goal === "boot" ? "activate" : "confirm";
  const report = await follow(context, timeouts.confirm + wayBackSeconds(timeouts.activate), phase);
  if (!isKept(context, report)) throw notKept(report, phase);
  const observed = await pi.observeShared();
  if (observed.kind !== "seen")
    throw new PhaseError("confirm", `it committed the new system, and then: ${observed.message}`);
  if (isThere(args, observed.status)) return observed.status;
  throw new PhaseError("confirm", "it committed the new system, and then somebody else switched it");
}

async function confirm(context: ActivationContext): Promise<void> {
  const { pi, args } = context;
  const { id, timeouts, byAnyLogin = false } = args;
  let lost = "";
  const answer = await until(
    async () => {
      try {
        const confirmBy = (script: ActivateScript) => script.confirm(id);
        return { refused: await (byAnyLogin ? pi.ask(confirmBy) : pi.askByWanted(confirmBy)) };
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        lost = error.message;
        return undefined;
      }
    },
    // No attempt begins after the Pi has stopped waiting: its refusal would hide why the earlier ones failed.
    { limitSeconds: timeouts.confirm - 1, everySeconds: 1 },
  );
  if (answer && answer.refused === undefined) return;
  const limit = timeouts.confirm + wayBackSeconds(timeouts.activate);
  const report = await follow(context, limit, "confirm").catch(() => undefined);
  // An earlier confirmation may have arrived although its answer was lost.
  if (report && isKept(context, report)) return;
  const reason = report?.result === "returned" ? `; ${reasonOf(report)}` : "";
  throw new PhaseError(
    "confirm",
    `the new system could not be confirmed: ${answer?.refused ?? `${lost}${reason}${otherLogin(context)}`}`,
  );
}

/**
 * Asks where the activation stands until it needs an answer, has ended, or the time is up. Asks again after a lost
 * connection. A Pi that stays away for twice its confirmation timeout has gone back, or is off.
 */
async function follow(
  { pi, target, script, args }: ActivationContext,
  limitSeconds: number,
  phase: Phase,
): Promise<ActivationReport> {
  const deadline = clock.now() + limitSeconds * 1000;
  /** When the connection was first lost, and the last error. */
  let away: { since: number; error: SshError } | undefined;
  const report = await until(
    async () => {
      const left = Math.max(1, Math.ceil((deadline - clock.now()) / 1000));
      try {
        if (pi.isShared) return await script.follow(left, true);
        return await pi.ask((asked) => asked.follow(left, false));
      } catch (error) {
        if (!(error instanceof SshError)) throw error;
        pi.loseShared();
        away = { since: away?.since ?? clock.now(), error };
        if (clock.now() > away.since + args.timeouts.confirm * 2000) throw asPhase(error, phase);
        return undefined;
      }
    },
    {
      limitSeconds,
      everySeconds: 1,
      onWait: () => progress(`${target.name}: the connection was lost; trying again`),
    },
  );
  if (!report) throw asPhase(away?.error, phase);
  if (report.activation === args.id) return report;
  throw new PhaseError(phase, "the Pi was restarted, or another activation took its place");
}

function asPhase(error: SshError | undefined, phase: Phase): PhaseError {
  return new PhaseError(phase, error?.message ?? "", { cause: error });
}

/** Whether the Pi keeps the new system. */
function isKept({ args }: ActivationContext, { result }: ActivationReport): boolean {
  return result === (args.goal === "test" ? "tested" : "committed");
}

function notKept(report: ActivationReport, during: Phase): PhaseError {
  const { result, phase, log } = report;
  const words = log.length > 0 ? `\n${log.join("\n")}` : "";
  return new PhaseError(
    during,
    result === "returned"
      ? `${reasonOf(report)}${words}`
      : `the activation ended without a result (at "${phase}"): the Pi was restarted, or it was killed there${words}`,
  );
}

/** What to look at when nobody could log in to the new system. */
function otherLogin({ pi: { name, wanted } }: ActivationContext): string {
  return (
    `\nThe login that was tried is ${loginText(wanted)}. When the new system has another address, port or user, say it ` +
    `in the same change as hosts.${name}.address, port or user.`
  );
}

/** Why the Pi went back, and what of its way back did not succeed. */
function reasonOf({ reason, troubles }: ActivationReport): string {
  return troubles ? `${reason}. The way back did not succeed: ${troubles}` : reason;
}
