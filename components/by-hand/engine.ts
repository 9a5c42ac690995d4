import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";

/**
 * The name of the selected stack, as `pulumi.getStack()` has it: without the organization and the project.
 * @throws UserError when none is selected
 */
export async function selectedStack(): Promise<string> {
  const name = await askEngine(["stack", "--show-name"], "No stack is selected");
  return name.trim().split("/").at(-1)!;
}

/**
 * Asks the engine about the selected stack.
 * @param fault what it means when the engine has no answer
 * @throws UserError with that, and the engine's own words
 */
export async function askEngine(argv: readonly string[], fault = "The stack can't be read"): Promise<string> {
  const { exitCode, ending, stdout, stderr, reason } = await runProcess(
    "pulumi",
    [...argv, "--non-interactive"],
    { isEngine: true, timeoutSeconds: 120 },
  );
  if (exitCode === 0) return stdout;
  if (ending === "not found") throw new UserError(`${fault}: there is no pulumi on PATH.`);
  const user = process.getuid?.() === 0 ? process.env["SUDO_USER"] : undefined;
  const hint = user
    ? `\nThis runs as root, and the stack is ${user}'s: run it without sudo. It becomes root itself where it must.`
    : "";
  throw new UserError(`${fault}: ${stderr.trim() || reason}${hint}`);
}
