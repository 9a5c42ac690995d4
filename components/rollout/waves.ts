import type { FleetConfig } from "../config/fleet-config.js";

/** Pis that go together, when all of the wave before are confirmed. */
export interface Wave {
  /** `wave 1 (canary)` */
  readonly name: string;
  readonly pis: readonly string[];
}

/** The Pis in the order of config: the canaries together, then the rest in waves of `size`. */
export function wavesOf({ hosts, waves }: Pick<FleetConfig, "hosts" | "waves">): Wave[] {
  const canary = [...new Set(waves.canary)].filter((pi) => pi in hosts);
  const rest = Object.keys(hosts).filter((pi) => !canary.includes(pi));
  const size = waves.size ?? Math.max(1, rest.length);
  const batches = Array.from({ length: Math.ceil(rest.length / size) }, (_, i) =>
    rest.slice(i * size, (i + 1) * size),
  );
  const all = [canary, ...batches].filter((pis) => pis.length > 0);
  return all.map((pis, i) => ({ name: `wave ${i + 1}${pis === canary ? " (canary)" : ""}`, pis }));
}
