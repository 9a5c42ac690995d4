import type { Target } from "../ssh/target.js";

/** What to do when the words of a failure are about a full disk; else the empty string. */
export function fullDisk(target: Target, words: string): string {
  if (!/No space left on device|disk full|Disk quota exceeded/i.test(words)) return "";
  return `${target.name}'s disk is full. Make room there (sudo nix-collect-garbage -d) and run this again.\n`;
}
