/** The Nix systems that boards have and that build hosts build. */
export const systems = ["x86_64-linux", "aarch64-linux", "armv7l-linux"] as const;

export type System = (typeof systems)[number];
