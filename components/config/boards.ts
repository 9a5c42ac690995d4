import type { System } from "./systems.js";

const uBoot =
  "nixpkgs builds its U-Boot without CONFIG_BOOTCOUNT_LIMIT, and extlinux.conf can't name an entry to be tried once";

/**
 * The boards that a host can name. Each is also a file nix/boards/NAME.nix with the same `system`, `title` (there
 * `description`) and `warning`; a test compares them.
 */
export const boards = {
  pi2: {
    system: "armv7l-linux",
    title: "Raspberry Pi 2",
    card: true,
    warning: "there is no public cache of armv7l: everything is compiled, for hours or days",
    noBootCounting: uBoot,
  },
  pi3: { system: "aarch64-linux", title: "Raspberry Pi 3", card: true, noBootCounting: uBoot },
  pi4: { system: "aarch64-linux", title: "Raspberry Pi 4", card: true, noBootCounting: uBoot },
  pi5: {
    system: "aarch64-linux",
    title: "Raspberry Pi 5",
    card: true,
    warning:
      "the vendor's kernel is in no public cache: its first build takes an hour, and many by emulation",
    noBootCounting: uBoot,
  },
  zero2w: { system: "aarch64-linux", title: "Raspberry Pi Zero 2 W", card: true, noBootCounting: uBoot },
  virtual: {
    system: "x86_64-linux",
    title: "virtual machine or container",
    card: false,
    noBootCounting: "it has no boot loader of its own",
  },
  x86_64: {
    system: "x86_64-linux",
    title: "PC or NAS with UEFI",
    card: false,
    noBootCounting: "nix/boards/x86_64.nix does not turn systemd-boot's counting on",
  },
} as const satisfies Record<string, BoardFacts>;

interface BoardFacts {
  readonly system: System;
  readonly title: string;
  /** Whether it boots from an SD card, which `nix/boards` makes the image of. */
  readonly card: boolean;
  /** Why its first build takes long. */
  readonly warning?: string;
  /** Why its boot loader can't return to the old system when a new kernel does not boot. */
  readonly noBootCounting: string;
}

export type Board = keyof typeof boards;

export const boardNames = Object.keys(boards) as [Board, ...Board[]];

/** What to tell a person before these hosts are built: one line for each board that has a warning. */
export function boardWarnings(hosts: Readonly<Record<string, { board: Board }>>): string[] {
  return boardNames.flatMap((board) => {
    const { title, warning }: BoardFacts = boards[board];
    const names = Object.keys(hosts).filter((name) => hosts[name]!.board === board);
    return warning && names.length > 0 ? [`${names.join(", ")} (${title}): ${warning}`] : [];
  });
}

/** Boards that people ask for and that NixOS cannot serve, with the reason. */
export const refusedBoards: Record<string, string> = {
  pi1: "NixOS dropped armv6l: there is no kernel or cache for the Pi 1. Raspberry Pi OS still runs on it",
  zero: "NixOS dropped armv6l: there is no kernel or cache for the Pi Zero. The Zero 2 W is aarch64 and will do",
};
