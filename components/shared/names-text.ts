/** So many names are all told. Of more, a run of numbers is told by its ends. */
const few = 5;

/** So many parts of a long list are told. */
const mostParts = 10;

/** Names in a row, for a person: `a, b, c`, and of many `pi-04 … pi-30, pi-41, other and 12 more`. */
export function namesText(names: readonly string[]): string {
  if (names.length <= few) return names.join(", ");
  const parts = runsOf(names).flatMap((run) =>
    run.length > 2 ? [{ text: `${run[0]} … ${run.at(-1)}`, count: run.length }] : run.map(single),
  );
  const told = parts.slice(0, mostParts);
  const left = parts.slice(mostParts).reduce((sum, { count }) => sum + count, 0);
  return `${told.map(({ text }) => text).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

/** The same with their number, where they are many. */
export function countedNames(names: readonly string[]): string {
  return names.length <= few ? namesText(names) : `${namesText(names)} (${names.length})`;
}

function single(text: string) {
  return { text, count: 1 };
}

function runsOf(names: readonly string[]): string[][] {
  const runs: string[][] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last && name === successor(last.at(-1)!)) last.push(name);
    else runs.push([name]);
  }
  return runs;
}

/** `pi-10` of `pi-9`, `pi-010` of `pi-009`; `undefined` of a name without a number at its end. */
function successor(name: string): string | undefined {
  const [, start, number] = /^(.*?)(\d+)$/.exec(name) ?? [];
  return number === undefined
    ? undefined
    : `${start}${String(Number(number) + 1).padStart(number.length, "0")}`;
}
