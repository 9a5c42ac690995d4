import { framed, hasBegun, loginShellLine, readAnswer } from "./far-shell.js";
import { forwardingArguments, forwardingEnvironment } from "./forwarding.js";
import { runSsh } from "./run-ssh.js";
import { type SshSession } from "./session.js";
import { type Target, destination } from "./target.js";
import { noAnswer } from "./no-answer.js";
import { cutAnswer, otherShell, sshError } from "./ssh-error.js";

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
  /** What the login shell printed on stdout before the command ran; absent when it printed nothing. */
  readonly noise?: string;
}

/**
 * Runs a command on the host and gives back how it ended. It is run by sh, whatever the login shell is, and what the login
 * shell prints by itself is no part of its stdout.
 * @throws SshError when ssh failed, or when no whole answer came back, with what a person can do
 */
export async function remote(
  session: SshSession,
  target: Target,
  command: string[],
  { input = "", timeoutSeconds, shared = false, forward, onLine }: RemoteRun,
): Promise<RemoteResult> {
  const text = framed(command);
  const argv = [
    ...forwardingArguments(forward),
    ...session.options(target),
    ...["-o", `ControlPath=${shared ? session.controlPath(target) : "none"}`],
    destination(target),
    "--",
    loginShellLine(Buffer.byteLength(text)),
  ];
  const ended = await runSsh(session, argv, {
    input: `${text}${input}`,
    timeoutSeconds,
    killAfterSeconds: 2,
    env: forwardingEnvironment(forward),
    ...(onLine ? { onLine } : {}),
  });
  const { exitCode, ending, stdout, stderr, reason } = ended;
  const answer = readAnswer(stdout);
  if (answer) {
    const { noise, ...said } = answer;
    return { ...said, stderr, ...(noise ? { noise } : {}) };
  }
  if (hasBegun(stdout)) throw cutAnswer(target, ending === "timed out" ? timeoutSeconds : undefined, stderr);
  if (ending === "timed out") throw await noAnswer(session, target, timeoutSeconds, stderr);
  if (exitCode === undefined || exitCode === 255) throw sshError(target, stderr || reason);
  throw otherShell(target, exitCode, stderr || stdout);
}
