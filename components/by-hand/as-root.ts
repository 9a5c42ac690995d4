import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { childEnvironment } from "../shared/child-environment.js";
import { packageRoot } from "../shared/package-root.js";
import { UserError } from "../shared/user-error.js";

/** The words by which root's parts of verbs are called. */
export const asRootVerbs = { flash: "flash-as-root", verify: "verify-as-root" } as const;

export function may(what: "read" | "write", path: string): Promise<boolean> {
  return access(path, what === "read" ? constants.R_OK : constants.W_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Has root do its part of a verb, for a person whose the stack, its passphrase, Nix and ssh keys are. The input is on stdin,
 * which nobody else can read; sudo asks for a password on the terminal itself.
 * @throws UserError when there is no sudo
 */
export async function asRoot(
  verb: keyof typeof asRootVerbs,
  path: string,
  input: unknown,
  stdout: "pipe" | "inherit",
): Promise<{ readonly exitCode: number | undefined; readonly stdout: string }> {
  const does = verb === "flash" ? "write to" : "read";
  process.stderr.write(`Only root may ${does} ${path}: sudo may ask for your password.\n`);
  const env = `PATH=${process.env["PATH"] ?? ""}`;
  const argv = ["--", "env", env, process.execPath, join(packageRoot, "pi.js"), asRootVerbs[verb]];
  const ended = await execa("sudo", argv, {
    ...{ input: JSON.stringify(input), stdout, stderr: "inherit", reject: false },
    ...{ env: childEnvironment(), extendEnv: false },
  });
  if (ended.code === "ENOENT") throw new UserError(`Only root may ${does} ${path}, and there is no sudo.`);
  return { exitCode: ended.exitCode, stdout: ended.stdout ?? "" };
}
