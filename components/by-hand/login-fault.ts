import { rootEntry, rootFault } from "../on-pi/run-as-root.js";
import { remote } from "../ssh/remote.js";
import { SshSession } from "../ssh/session.js";
import { SshError } from "../ssh/ssh-error.js";
import type { Target } from "../ssh/target.js";

/** Why an `up` could not do its work on a Pi, as far as a login tells; `undefined` when it could. Changes nothing. */
export function loginFault(
  target: Target,
  privateKey: string | undefined,
  connectSeconds: number,
): Promise<string | undefined> {
  return SshSession.with({ target, privateKey, connectSeconds }, async (session) => {
    // A restricted user may run the one entry alone.
    const byUser = ["sh", "-c", `[ -x ${rootEntry} ] || exec sudo -n true`];
    const command = target.user === "root" ? ["true"] : byUser;
    try {
      const result = await remote(session, target, command, { timeoutSeconds: connectSeconds * 2 });
      if (result.exitCode === 0) return undefined;
      return (
        rootFault(target, result) ?? `sudo -n true ends with ${result.exitCode}: ${result.stderr.trim()}`
      );
    } catch (error) {
      if (error instanceof SshError) return error.message;
      throw error;
    }
  });
}
