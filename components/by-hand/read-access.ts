import { access, type Access } from "../protocol/access.js";
import { runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";

/**
 * Reads the output `access` of the selected stack.
 * @throws UserError when there is none, or when another version of this package wrote it
 */
export async function readAccess(): Promise<Access> {
  const argv = ["stack", "output", "access", "--show-secrets", "--json", "--non-interactive"];
  const { exitCode, stdout, stderr, reason } = await runProcess("pulumi", argv, {
    isEngine: true,
    timeoutSeconds: 120,
  });
  if (exitCode !== 0)
    throw new UserError(
      `The stack has no Pis to reach yet (pulumi up makes them): ${stderr.trim() || reason}`,
    );
  try {
    return access.parse(JSON.parse(stdout));
  } catch {
    // The cause would repeat the keys.
    throw new UserError(
      "The stack's output `access` is of a form that this version does not know: pulumi up writes it anew.",
    );
  }
}
