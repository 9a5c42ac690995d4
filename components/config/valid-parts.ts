import { z } from "zod";
import { buildHost } from "./build-host.js";
import type { CrossChecked } from "./cross-faults.js";
import { host } from "./host.js";
import { images } from "./images.js";
import { only } from "./only.js";
import { waves } from "./waves.js";

/**
 * The parts of an invalid config that are valid by themselves. `crossFaults` then checks them against each other, so
 * that a person is told of all faults at once.
 */
export function validParts(raw: Record<string, unknown>): CrossChecked {
  const hosts = z.record(z.string(), z.unknown()).safeParse(raw["hosts"]).data ?? {};
  const builders = z.record(z.string(), z.unknown()).safeParse(raw["buildHosts"]).data ?? {};
  return {
    hosts: onlyValid(hosts, host),
    buildHosts: onlyValid(builders, buildHost),
    allBuildHosts: Object.keys(builders),
    allHosts: Object.keys(hosts),
    waves: waves.safeParse(raw["waves"] ?? {}).data ?? waves.parse({}),
    only: only.safeParse(raw["only"] ?? {}).data ?? only.parse({}),
    images: images.safeParse(raw["images"] ?? {}).data ?? images.parse({}),
  };
}

function onlyValid<T extends z.ZodType>(
  values: Record<string, unknown>,
  schema: T,
): Record<string, z.output<T>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const parsed = schema.safeParse(value);
      return parsed.success ? [[name, parsed.data]] : [];
    }),
  );
}
