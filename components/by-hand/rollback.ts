import { Activation } from "../activation/activation.js";
import { listGenerations, type Generation } from "../on-pi/list-generations.js";
import type { Access, PiAccess } from "../protocol/access.js";
import { UserError } from "../shared/user-error.js";
import { withPi } from "./with-pi.js";

/** Brings the Pi back to an older generation, confirmed like any other switch. */
export async function rollback(access: Access, pi: PiAccess, number: string | undefined): Promise<void> {
  const { target, timeouts, reboot, idle } = pi;
  const chosen = await withPi(access, pi, async (session) => {
    const generations = await listGenerations(session, target, timeouts.connect);
    const generation = chooseGeneration(target.name, generations, number);
    const activation = new Activation(session, target, {
      ...{ toplevel: generation.system, goal: "switch", timeouts, idle },
      id: `${generation.system}, rolled back to by hand, ${new Date().toISOString()}`,
      // No checks: config has those of the new system, and the older one may lack their units.
      health: { units: [] },
      reboot: { ...reboot, when: "never", window: undefined },
      signingKey: access.signingKey,
    });
    const nothing = () => Promise.resolve();
    await activation.run({ checkSpace: nothing, copy: nothing });
    return generation;
  });
  console.log(`${target.name} runs generation ${chosen.number}, ${chosen.system}, and boots it.`);
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
