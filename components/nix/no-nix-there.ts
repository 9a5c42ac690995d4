import type { Target } from "../ssh/target.js";

/**
 * What to do when a far shell did not find Nix; else the empty string. The words are those of bash, dash, zsh, fish, tcsh
 * and env(1).
 */
export function noNixThere({ name, user }: Pick<Target, "name" | "user">, words: string): string {
  const found =
    /\bnix(-daemon|-store)?: (command )?not found|(command not found|Unknown command): nix\b|['‘]nix(-daemon|-store)?['’]: No such file/i;
  if (!found.test(words)) return "";
  return (
    `${name} does not find Nix when ${user ?? "your user"} logs in by ssh to run a command: PATH lacks Nix's folder then, as it is set for ` +
    "interactive shells alone, or Nix is not there. On a host without NixOS: sudo ln -s /nix/var/nix/profiles/default/bin/nix* " +
    "/usr/local/bin/\n"
  );
}
