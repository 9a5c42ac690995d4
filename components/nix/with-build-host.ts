import { SshSession } from "../ssh/session.js";
import { type Target } from "../ssh/target.js";

/** Logs in to a build host with the user's own keys: it does not know the fleet's deploy key. */
export function withBuildHost<T>(target: Target, use: (session: SshSession) => Promise<T>): Promise<T> {
  return SshSession.with({ target, connectSeconds: 15 }, use);
}
