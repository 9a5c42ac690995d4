import { forwardingArguments, forwardingEnvironment } from "./forwarding.js";
import { runSsh } from "./run-ssh.js";
import { type SshSession } from "./session.js";
import { type Target, destination } from "./target.js";
import { SshError, sshError } from "./ssh-error.js";
import { shellQuote } from "./shell-quote.js";

export interface RemoteRun {
  /** What the command reads on stdin. @default nothing */
  readonly input?: string;
  /** For connecting and running together. */
  readonly timeoutSeconds: number;
  /** Through the connection that `connect` has opened. @default a fresh connection */
  readonly shared?: boolean;
  /** The session whose agent the host may use while the command runs. */
  readonly forward?: SshSession;
  /** Called with each line of the command's stderr. */
  readonly onLine?: (line: string) => void;
}

export interface RemoteResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command on the host and gives back how it ended.
 * @throws SshError when ssh failed (its exit code 255), with what a person can do.
 */
export async function remote(
  session: SshSession,
  target: Target,
  command: string[],
  { input = "", timeoutSeconds, shared = false, forward, onLine }: RemoteRun,
): Promise<RemoteResult> {
  const argv = [
    ...forwardingArguments(forward),
    ...session.options(target),
    ...["-o", `ControlPath=${shared ? session.controlPath(target) : "none"}`],
    destination(target),
    "--",
    shellQuote(command),
  ];
  const { exitCode, ending, stdout, stderr, reason } = await runSsh(session, argv, {
    input,
    timeoutSeconds,
    killAfterSeconds: 2,
    env: forwardingEnvironment(forward),
    ...(onLine ? { onLine } : {}),
  });
  if (ending === "timed out")
    throw new SshError("lost", `${target.name} gave no answer within ${timeoutSeconds} s`);
  if (exitCode === undefined || exitCode === 255) throw sshError(target, stderr || reason);
  return { exitCode, stdout, stderr };
}
