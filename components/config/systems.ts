/** The systems, in Nix's words, that boards are and that build hosts build. */
export const systems = ["x86_64-linux", "aarch64-linux", "armv7l-linux"] as const;

export type System = (typeof systems)[number];
