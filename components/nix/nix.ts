import { type ProcessOptions, runProcess } from "../shared/run-process.js";
import { UserError } from "../shared/user-error.js";
import { noNix } from "./nix-error.js";

/** Arguments that turn flakes on, whatever nix.conf says. */
export const nixFeatures = ["--extra-experimental-features", "nix-command flakes"];

export interface NixResult {
  /** -1 when Nix did not end by itself. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `nix` on this machine with flakes on.
 * @throws UserError when there is no `nix`.
 */
export async function nix(args: string[], options: Omit<ProcessOptions, "input"> = {}): Promise<NixResult> {
  const {
    exitCode = -1,
    ending,
    stdout,
    stderr,
  } = await runProcess("nix", [...nixFeatures, ...args], options);
  if (ending === "not found") throw new UserError(noNix);
  return {
    exitCode,
    stdout,
    stderr: ending === "timed out" ? `${stderr}\nended after its time limit` : stderr,
  };
}
