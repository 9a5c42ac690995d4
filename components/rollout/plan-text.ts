import { countedNames } from "../shared/names-text.js";
import { groupText, tellAlike, type Told } from "../shared/told-alike.js";
import type { Wave } from "./waves.js";
import type { Change, Work } from "./work.js";

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
  const order = waves.map(({ name, pis }) => `${name}: ${countedNames(pis)}`).join(" · ");
  const changes = changesText(
    waves.flatMap(({ pis }) => pis),
    works,
  );
  return [`${order}${limits.length > 0 ? ` (${limits.join(", ")})` : ""}`, ...changes];
}

interface ToldChange extends Told {
  readonly change: Change;
}

/** The changes, each by its Pi; of many Pis that change alike, the first one's. */
function changesText(pis: readonly string[], works: ReadonlyMap<string, Work>): string[] {
  const changes = pis.flatMap((name): ToldChange[] => {
    const work = works.get(name);
    if (work?.kind !== "change") return [];
    return [{ name, change: work, text: [...work.lines, ...(work.packages ?? [])].join("\n") }];
  });
  const toldOf = new Map<string, string>();
  const tellOf = ({ name, change }: ToldChange, heading = name) => changeText(name, change, toldOf, heading);
  return tellAlike(changes, {
    each: (one) => tellOf(one),
    alike: (group) => tellOf(group[0], `${groupText(group)}:`),
  }).flat();
}

/** @param toldOf the Pi with which a list of packages was told first, by the list */
function changeText(
  pi: string,
  { lines, packages = [] }: Change,
  toldOf: Map<string, string>,
  heading: string,
): string[] {
  const text = packages.join("\n");
  const same = packages.length > 1 ? toldOf.get(text) : undefined;
  if (!same) toldOf.set(text, pi);
  const [head = "", ...others] = same ? [`as ${same}`] : packages;
  return [
    heading,
    ...lines.map((line) => `  ${line}`),
    ...(packages.length > 0 ? [`  packages: ${head}`] : []),
    ...others.map((line) => `            ${line}`),
  ];
}
