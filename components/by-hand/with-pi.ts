import type { Access, PiAccess } from "../protocol/access.js";
import { connect } from "../ssh/connection.js";
import { SshSession } from "../ssh/session.js";

/** Does some work over one shared connection to a Pi. */
export function withPi<T>(
  { deployKey }: Access,
  { target, timeouts }: Pick<PiAccess, "target" | "timeouts">,
  work: (session: SshSession) => Promise<T>,
): Promise<T> {
  return SshSession.with(
    { target, privateKey: deployKey, connectSeconds: timeouts.connect },
    async (session) => {
      const connection = await connect(session, target);
      try {
        return await work(session);
      } finally {
        await connection.close();
      }
    },
  );
}
