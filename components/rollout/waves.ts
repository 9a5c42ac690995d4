import type { FleetConfig } from "../config/fleet-config.js";

/** Pis that go together, once each Pi of the wave before is confirmed. */
export interface Wave {
  /** `wave 1 (canary)` */
  readonly name: string;
  readonly pis: readonly string[];
}

/** The canaries are the first wave. The other Pis follow in the order of config, in waves of `size`. */
export function wavesOf({ hosts, waves }: Pick<FleetConfig, "hosts" | "waves">): Wave[] {
  const canary = [...new Set(waves.canary)].filter((pi) => pi in hosts);
  const others = Object.keys(hosts).filter((pi) => !canary.includes(pi));
  const size = waves.size ?? Math.max(1, others.length);
  const batches = Array.from({ length: Math.ceil(others.length / size) }, (_, i) =>
    others.slice(i * size, (i + 1) * size),
  );
  const all = [canary, ...batches].filter((pis) => pis.length > 0);
  return all.map((pis, i) => ({ name: `wave ${i + 1}${pis === canary ? " (canary)" : ""}`, pis }));
}
