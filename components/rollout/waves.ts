import type { FleetConfig } from "../config/fleet-config.js";
import { servingHosts } from "../config/serving-hosts.js";

/** Pis that go together, once each Pi of the wave before is confirmed. */
export interface Wave {
  /** `wave 1 (canary)` */
  readonly name: string;
  readonly pis: readonly string[];
}

/**
 * The canaries are the first wave. The other Pis follow in the order of config, in waves of `size`. A Pi that others are
 * built on goes after those, in a wave of its own, as they are copied from it.
 */
export function wavesOf({
  hosts,
  waves,
  buildHosts = {},
}: Pick<FleetConfig, "hosts" | "waves"> & Partial<Pick<FleetConfig, "buildHosts">>): Wave[] {
  const serving = servingHosts({ hosts, buildHosts });
  const canary = [...new Set(waves.canary)].filter((pi) => pi in hosts);
  const others = Object.keys(hosts).filter((pi) => !canary.includes(pi));
  const [serves, takes] = [(pi: string) => serving.includes(pi), (pi: string) => !serving.includes(pi)];
  const all = [
    { kind: "canary", pis: canary.filter(takes) },
    ...batches(canary.filter(serves), 1).map((pis) => ({ kind: "canary, builds for others", pis })),
    ...batches(others.filter(takes), waves.size).map((pis) => ({ kind: "", pis })),
    ...batches(others.filter(serves), 1).map((pis) => ({ kind: "builds for others", pis })),
  ];
  return all
    .filter(({ pis }) => pis.length > 0)
    .map(({ kind, pis }, i) => ({ name: `wave ${i + 1}${kind && ` (${kind})`}`, pis }));
}

function batches(pis: readonly string[], size = Math.max(1, pis.length)): string[][] {
  return Array.from({ length: Math.ceil(pis.length / size) }, (_, i) => pis.slice(i * size, (i + 1) * size));
}
