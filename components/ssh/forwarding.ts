import { existsSync } from "node:fs";
import { type SshSession } from "./session.js";

/**
 * The ssh arguments that forward a session's agent; without a key of its own, the user's agent. ssh_config(5). They come
 * before the session's, which forward none.
 */
export function forwardingArguments(session: SshSession | undefined): string[] {
  if (!session) return [];
  return session.agentSocket ? ["-o", `ForwardAgent=${session.agentSocket}`] : ["-o", "ForwardAgent=yes"];
}

/**
 * OpenSSH forwards an agent only when SSH_AUTH_SOCK leads to one, even if it is told another (ssh.c,
 * check_agent_present).
 */
export function forwardingEnvironment(session: SshSession | undefined): Record<string, string> {
  const usersAgent = process.env["SSH_AUTH_SOCK"];
  const hasAgent = usersAgent !== undefined && existsSync(usersAgent);
  return session?.agentSocket && !hasAgent ? { SSH_AUTH_SOCK: session.agentSocket } : {};
}
