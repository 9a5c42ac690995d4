import type { Wave } from "./waves.js";
import type { Work } from "./work.js";

/** What is told of the order, besides the waves. */
interface Limits {
  /** Seconds between waves. */
  readonly pause?: number;
  /** How many Pis of a wave are activated at once. */
  readonly parallel?: number | undefined;
}

/** The plan, for a person: the order of the Pis that change, and what changes on each. No lines when nothing changes. */
export function planText(
  waves: readonly Wave[],
  works: ReadonlyMap<string, Work>,
  { pause = 0, parallel }: Limits,
): string[] {
  if (waves.length === 0) return [];
  const limits = [
    ...(parallel && waves.some(({ pis }) => pis.length > parallel) ? [`${parallel} at once`] : []),
    ...(pause > 0 && waves.length > 1 ? [`${pause} s between waves`] : []),
  ];
  const order = waves.map(({ name, pis }) => `${name}: ${pis.join(", ")}`).join(" · ");
  const changes = changesText(
    waves.flatMap(({ pis }) => pis),
    works,
  );
  return [`${order}${limits.length > 0 ? ` (${limits.join(", ")})` : ""}`, ...changes];
}

function changesText(pis: readonly string[], works: ReadonlyMap<string, Work>): string[] {
  const toldOf = new Map<string, string>();
  return pis.flatMap((pi) => {
    const work = works.get(pi);
    if (work?.kind !== "change") return [];
    const { lines, packages = [] } = work;
    const text = packages.join("\n");
    const same = packages.length > 1 ? toldOf.get(text) : undefined;
    if (!same) toldOf.set(text, pi);
    const [head = "", ...others] = same ? [`as ${same}`] : packages;
    return [
      pi,
      ...lines.map((line) => `  ${line}`),
      ...(packages.length > 0 ? [`  packages: ${head}`] : []),
      ...others.map((line) => `            ${line}`),
    ];
  });
}
