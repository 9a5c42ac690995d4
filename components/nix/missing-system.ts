/** The system that no builder can build for, read from both wordings that Nix has for that; else `undefined`. */
export function missingSystem(stderr: string): string | undefined {
  const old = /a '([a-z0-9_]+-[a-z]+)' with features \{.*?\} is required to build/.exec(stderr);
  const recent = /Required system: '([a-z0-9_]+-[a-z]+)'/.exec(stderr);
  return old?.[1] ?? recent?.[1];
}
