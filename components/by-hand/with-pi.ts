import type { Access, PiAccess } from "../protocol/access.js";
import { connectByLogin } from "../ssh/connect-by-login.js";
import { SshSession } from "../ssh/session.js";
import type { Target } from "../ssh/target.js";

/** Does some work over one shared connection to a Pi, and tells it the login that the connection goes by. */
export function withPi<T>(
  { deployKey }: Access,
  { target, timeouts }: Pick<PiAccess, "target" | "timeouts">,
  work: (session: SshSession, reached: Target) => Promise<T>,
): Promise<T> {
  return SshSession.with(
    { target, privateKey: deployKey, connectSeconds: timeouts.connect },
    async (session) => {
      const connection = await connectByLogin(session, target);
      try {
        return await work(session, connection.reached);
      } finally {
        await connection.close();
      }
    },
  );
}
