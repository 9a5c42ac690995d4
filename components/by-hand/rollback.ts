import type { ActivationArgs } from "../activation/activation-args.js";
import { Activation } from "../activation/activation.js";
import { listGenerations, type Generation } from "../on-pi/list-generations.js";
import { NotWhileRunning } from "../on-pi/not-while-running.js";
import type { Access, PiAccess } from "../protocol/access.js";
import { UserError } from "../shared/user-error.js";
import { commandName } from "./help.js";
import { withPi } from "./with-pi.js";

/** Brings the Pi back to an older generation, confirmed like any other switch. */
export async function rollback(access: Access, pi: PiAccess, number: string | undefined): Promise<void> {
  const { target, timeouts, reboot, idle } = pi;
  const chosen = await withPi(access, pi, async (session, reached) => {
    const generations = await listGenerations(session, reached, timeouts.connect);
    const generation = chooseGeneration(target.name, generations, number);
    const args: Omit<ActivationArgs, "goal"> = {
      ...{ toplevel: generation.system, timeouts, idle },
      // The older system may have a login of before.
      byAnyLogin: true,
      id: `${generation.system}, rolled back to by hand, ${new Date().toISOString()}`,
      // No checks: config has those of the new system, and the older one may lack their units.
      health: { units: [] },
      reboot: { ...reboot, when: "never", window: undefined },
      signingKey: access.signingKey,
    };
    const nothing = () => Promise.resolve();
    const activate = (goal: "switch" | "boot") =>
      new Activation(session, target, { ...args, goal }, reached).run({ checkSpace: nothing, copy: nothing });
    const refusal = await activate("switch").then(() => undefined, refusalOf);
    if (refusal) await activate("boot");
    return { ...generation, refusal };
  });
  const { name } = target;
  const generation = `generation ${chosen.number}, ${chosen.system}`;
  console.log(
    chosen.refusal
      ? `${name} boots ${generation}, from its next restart on (${commandName()} reboot ${name}): ${chosen.refusal}.`
      : `${name} runs ${generation}, and boots it.`,
  );
}

/** Why the Pi can't be switched to a system while it runs. @throws any other error */
function refusalOf(error: unknown): string {
  if (error instanceof NotWhileRunning) return error.message;
  throw error;
}

/**
 * The generation of this number, or the newest one before the running one that is another system.
 * @throws UserError when there is none
 */
export function chooseGeneration(
  name: string,
  generations: readonly Generation[],
  number: string | undefined,
): Generation {
  const running = generations.findIndex(({ marks }) => marks.includes("running"));
  const system = generations[running]?.system;
  const before = generations.slice(running + 1).find((one) => one.system !== system);
  const chosen = number === undefined ? before : generations.find((one) => one.number === number);
  if (chosen) return chosen;
  const missing = number === undefined ? "generation before the running one" : `generation ${number}`;
  throw new UserError(
    `${name} has no ${missing}. There are: ${generations.map((one) => one.number).join(", ")}`,
  );
}
