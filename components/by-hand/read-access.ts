import { access, type Access } from "../protocol/access.js";
import { UserError } from "../shared/user-error.js";
import { askEngine } from "./engine.js";

/**
 * Reads the output `access` of the selected stack.
 * @throws UserError when there is none, or when another version of this package wrote it
 */
export async function readAccess(): Promise<Access> {
  const argv = ["stack", "output", "access", "--show-secrets", "--json"];
  const stdout = await askEngine(argv, "The stack has no Pis to reach yet (pulumi up makes them)");
  try {
    return access.parse(JSON.parse(stdout));
  } catch {
    // The cause would repeat the keys.
    throw new UserError(
      "The stack's output `access` is of a form that this version does not know: pulumi up writes it anew.",
    );
  }
}
