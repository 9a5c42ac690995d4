import { execa, type Options } from "execa";
import { UserError } from "../shared/user-error.js";
import { lineSplitter } from "../shared/lines.js";
import { noNix } from "./nix-error.js";

/** Flakes on, whatever nix.conf says. */
export const nixFeatures = ["--extra-experimental-features", "nix-command flakes"];

export interface NixResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `nix` on this machine with flakes on.
 * @throws UserError when there is no `nix`.
 */
export async function nix(
  args: string[],
  options: Options & { onLine?: (line: string) => void } = {},
): Promise<NixResult> {
  const { onLine, ...rest } = options;
  const child = execa("nix", [...nixFeatures, ...args], {
    reject: false,
    stdin: "ignore",
    forceKillAfterDelay: 5000,
    ...rest,
  });
  if (onLine) child.stderr?.on("data", lineSplitter(onLine));
  const result = await child;
  if (result.code === "ENOENT") {
    throw new UserError(noNix);
  }
  return {
    exitCode: result.exitCode ?? -1,
    stdout: String(result.stdout ?? ""),
    stderr: result.timedOut
      ? `${String(result.stderr)}\nended after its time limit`
      : String(result.stderr ?? ""),
  };
}
