import { connect } from "./connection.js";
import { byFirstLogin, loginsOf } from "./logins.js";
import type { SshSession } from "./session.js";
import type { Target } from "./target.js";

export interface Connection {
  /** The login that it goes by. */
  readonly reached: Target;
  readonly close: () => Promise<void>;
}

/** Opens the shared connection by the first login that works. @throws SshError as `connect` */
export function connectByLogin(session: SshSession, target: Target): Promise<Connection> {
  return byFirstLogin(loginsOf(target), async (reached) => {
    const { close } = await connect(session, reached);
    return { reached, close };
  });
}
