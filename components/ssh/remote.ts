import { existsSync } from "node:fs";
import { execa } from "execa";
import { type SshSession } from "./session.js";
import { type Target, destination } from "./target.js";
import { SshError, sshError } from "./ssh-error.js";
import { shellQuote } from "./shell-quote.js";

export interface RemoteRun {
  readonly input?: string;
  readonly timeoutSeconds: number;
  /** Through the shared connection of `connect`, or a fresh one. */
  readonly shared?: boolean;
  /** The session whose agent the host may use while the command runs. */
  readonly forward?: SshSession;
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
  run: RemoteRun,
): Promise<RemoteResult> {
  const mux = run.shared ? ["-o", `ControlPath=${session.controlPath(target)}`] : ["-o", "ControlPath=none"];
  const argv = [
    ...session.options(target),
    ...mux,
    ...forwarding(run.forward),
    destination(target),
    "--",
    shellQuote(command),
  ];
  const child = execa("ssh", argv, {
    input: run.input ?? "",
    reject: false,
    timeout: run.timeoutSeconds * 1000,
    forceKillAfterDelay: 2000,
    env: { LC_ALL: "C", ...forwardingEnvironment(run.forward) },
  });
  if (run.onLine) void readLines(child.iterable({ from: "stderr" }), run.onLine);
  const result = await child;
  if (result.timedOut)
    throw new SshError("lost", `${target.name} gave no answer within ${run.timeoutSeconds} s`);
  if (result.exitCode === undefined || result.exitCode === 255)
    throw sshError(target, result.stderr || result.message || "");
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

export function forwarding(session: SshSession | undefined): string[] {
  if (!session) return [];
  return session.agentSocket ? ["-o", `ForwardAgent=${session.agentSocket}`] : ["-A"];
}

/** OpenSSH forwards no agent, whichever it is told, unless SSH_AUTH_SOCK leads to one (ssh.c, check_agent_present). */
export function forwardingEnvironment(session: SshSession | undefined): Record<string, string> {
  const own = process.env["SSH_AUTH_SOCK"];
  return session?.agentSocket && !(own && existsSync(own)) ? { SSH_AUTH_SOCK: session.agentSocket } : {};
}

export async function readLines(
  lines: AsyncIterable<unknown>,
  onLine: (line: string) => void,
): Promise<void> {
  try {
    for await (const line of lines) onLine(String(line));
  } catch {
    // The child's own failure is reported by `remote`; its stream ends with it.
  }
}
