/**
 * The boards a host can name. Each is one file nix/boards/NAME.nix; `system` is what its toplevel is built for
 * (nixpkgs lib/systems/examples.nix: raspberryPi4 = aarch64).
 */
export const boards = {
  pi4: { system: "aarch64-linux", title: "Raspberry Pi 4" },
  virtual: { system: "x86_64-linux", title: "virtual machine" },
} as const;

export type Board = keyof typeof boards;

export const boardNames = Object.keys(boards) as [Board, ...Board[]];

/** Boards that people ask for and that NixOS cannot serve, with the reason. */
export const refusedBoards: Record<string, string> = {
  pi1: "NixOS dropped armv6l: there is no kernel or cache for the Pi 1. Raspberry Pi OS still runs on it",
  zero: "NixOS dropped armv6l: there is no kernel or cache for the Pi Zero. The Zero 2 W is aarch64 and will do",
};
