import { namesText } from "./names-text.js";

/** What is told of one Pi. */
export interface Told {
  readonly name: string;
  readonly text: string;
}

/** Of up to so many Pis a text is told of each, even if it is the same. */
const toldApart = 3;

/**
 * Tells something of many Pis in their order. Those of whom the same is told, but for their own name, address, store path
 * and amounts, are told of together, where the first of them is; unless they are few.
 */
export function tellAlike<T extends Told, R>(
  all: readonly T[],
  tell: { readonly each: (one: T) => R; readonly alike: (group: readonly [T, ...T[]]) => R },
): R[] {
  const patterns = all.map(patternOf);
  const groups = new Map<string, T[]>();
  for (const [index, one] of all.entries()) {
    const group = groups.get(patterns[index]!);
    if (group) group.push(one);
    else groups.set(patterns[index]!, [one]);
  }
  return all.flatMap((one, index) => {
    const group = groups.get(patterns[index]!)!;
    if (group.length <= toldApart) return [tell.each(one)];
    return group[0] === one ? [tell.alike(group as [T, ...T[]])] : [];
  });
}

/** `27 Pis, pi-04 … pi-30; of pi-04`, which what is told of that one follows. */
export function groupText(group: readonly [Told, ...Told[]]): string {
  const names = [...new Set(group.map(({ name }) => name))];
  return `${names.length} Pis, ${namesText(names)}; of ${names[0]}`;
}

function patternOf({ name, text }: Told): string {
  const own = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text
    .replaceAll(/\/nix\/store\/[0-9a-z]{32}-/g, "STORE-")
    .replaceAll(new RegExp(`(?<![A-Za-z0-9])${own}(?![A-Za-z0-9])`, "g"), "NAME")
    .replaceAll(/\b\d{1,3}(\.\d{1,3}){3}\b|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}/gi, "ADDRESS")
    .replaceAll(/\b\d+(\.\d+)? (bytes|[KMGT]iB|s)\b/g, "AMOUNT");
}
