import { type ProcessOptions, type ProcessResult, runProcess } from "../shared/run-process.js";
import type { SshSession } from "./session.js";

/**
 * Runs ssh to its end. When the host refuses one of the session's logins, the other is tried: our command has not run yet.
 * @param argv what follows the options of the login
 */
export async function runSsh(
  session: SshSession,
  argv: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  const [first = "person's own", ...others] = session.logins;
  let result = await runProcess("ssh", [...session.loginOptions(first), ...argv], options);
  for (const login of others) {
    if (!isRefused(result)) break;
    result = await runProcess("ssh", [...session.loginOptions(login), ...argv], options);
    if (!isRefused(result)) session.prefer(login);
  }
  return result;
}

/** Whether the host took none of the keys, in OpenSSH's words: sshconnect2.c and auth.c. */
export function isRefused({ exitCode, stderr }: Pick<ProcessResult, "exitCode" | "stderr">): boolean {
  return (
    exitCode === 255 && /^\S+@\S+: Permission denied \(|: Too many authentication failures/m.test(stderr)
  );
}
