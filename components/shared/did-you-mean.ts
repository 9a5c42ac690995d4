import { distance } from "fastest-levenshtein";

/** ` — did you mean "x"?` when one of `names` is close to `word`, else the empty string. */
export function didYouMean(word: string, names: readonly string[]): string {
  const [best] = names
    .map((name) => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(word.length / 3))
    ? ` — did you mean "${best.name}"?`
    : "";
}
