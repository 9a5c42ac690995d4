import { Activation } from "../activation/activation.js";
import type { Access, PiAccess } from "../protocol/access.js";
import { withPi } from "./with-pi.js";

/** Restarts a Pi, whatever config's policy says, and looks at its health afterwards. */
export async function rebootByHand(access: Access, pi: PiAccess): Promise<void> {
  const id = `asked for by hand, ${new Date().toISOString()}`;
  const { current } = await withPi(access, pi, (session, reached) =>
    new Activation(session, pi.target, { ...pi, toplevel: "", id }, reached).rebootNow(),
  );
  console.log(`${pi.target.name} booted ${current}.`);
}
