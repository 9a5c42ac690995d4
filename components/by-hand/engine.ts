import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";

/**
 * Asks the engine about the selected stack.
 * @throws UserError with the engine's own words
 */
export async function askEngine(argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr, reason } = await runProcess("pulumi", [...argv, "--non-interactive"], {
    isEngine: true,
    timeoutSeconds: 120,
  });
  if (exitCode === 0) return stdout;
  const user = process.getuid?.() === 0 ? process.env["SUDO_USER"] : undefined;
  const hint = user
    ? `\nThis runs as root, and the stack is ${user}'s: run it without sudo. It becomes root itself where it must.`
    : "";
  throw new UserError(`The stack can't be read: ${stderr.trim() || reason}${hint}`);
}
