import { sizeText } from "../shared/size-text.js";
import type { Target } from "../ssh/target.js";

// The messages about a full disk: before a copy, and after a failure because of it.

/** What is to be written to a card, in bytes. */
export interface NeededSpace {
  readonly store: number;
  /** Kernels and initrds, which are copied to /boot too. */
  readonly boot: number;
}

/** Files fill whole blocks, and the running system writes too. */
const margin = (bytes: number) => bytes / 10 + 32 * 1024 ** 2;

/**
 * Why a closure does not fit, with what to do; `undefined` when it does.
 * @param free bytes that are free where the Nix store is
 * @param freeBoot bytes that are free where /boot is, when that is another file system
 */
export function diskSpaceFault(
  name: string,
  need: NeededSpace,
  { free, freeBoot }: { readonly free: number; readonly freeBoot: number | undefined },
): string | undefined {
  const onStore = need.store + (freeBoot === undefined ? need.boot : 0);
  if (onStore > 0 && onStore + margin(onStore) > free) {
    return (
      `${name}'s disk is full: the new system needs ${sizeText(onStore)} and a margin of ${sizeText(margin(onStore))} ` +
      `there, and ${sizeText(free)} are free at /nix. Nothing was copied. Make room on it (sudo nix-collect-garbage ` +
      `--delete-older-than 14d, or -d: all generations but the running one) and run this again.`
    );
  }
  if (freeBoot !== undefined && need.boot > freeBoot) {
    return (
      `${name}'s /boot is full: the new kernel and initrd need ${sizeText(need.boot)} there, and ${sizeText(freeBoot)} ` +
      `are free. Nothing was copied. Delete old generations on it (sudo nix-collect-garbage -d, then sudo ` +
      `/run/current-system/bin/switch-to-configuration boot) and run this again.`
    );
  }
  return undefined;
}

/** What to do when a failure's output is about a full disk; else the empty string. */
export function fullDisk(target: Target, words: string): string {
  if (!/No space left on device|disk full|Disk quota exceeded/i.test(words)) return "";
  return `${target.name}'s disk is full. Make room there (sudo nix-collect-garbage -d) and run this again.\n`;
}
