import { quietShell } from "../ssh/far-shell.js";
import type { Target } from "../ssh/target.js";

/**
 * What to do when Nix found text in front of its own protocol; else the empty string. The words are of remote-store.cc
 * (initConnection), worker-protocol-connection.cc (handshake) and legacy-ssh-store.cc.
 */
export function noisyShell({ name, user }: Target, words: string): string {
  if (!/protocol mismatch/.test(words)) return "";
  return (
    `The login shell of ${user ?? "your user"} on ${name} prints text on stdout, which Nix takes for an answer of its own. ` +
    `${quietShell}\n`
  );
}
