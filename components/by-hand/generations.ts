import { listGenerations } from "../on-pi/list-generations.js";
import type { Access, PiAccess } from "../protocol/access.js";
import { withPi } from "./with-pi.js";

/** Prints a line for each generation of the Pi's system profile, the newest first. */
export async function showGenerations(access: Access, pi: PiAccess): Promise<void> {
  const all = await withPi(access, pi, (session, reached) =>
    listGenerations(session, reached, pi.timeouts.connect),
  );
  for (const { number, made, system, marks } of all)
    console.log([number, made, system, marks.join(", ")].join("  "));
}
