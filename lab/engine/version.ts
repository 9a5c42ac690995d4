/** The engine's version here, the one that matches the @pulumi/pulumi in package.json. */
export const ENGINE_VERSION = "3.220.0";

/** True when `found` ("v3.221.0", "3.219.0-alpha") is at least `wanted`. */
export function isAtLeast(found: string, wanted: string): boolean {
  const a = numbers(found);
  const b = numbers(wanted);
  for (let i = 0; i < 3; i++) {
    if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
  }
  return true;
}

function numbers(version: string): number[] {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match ? match.slice(1).map(Number) : [0, 0, 0];
}
