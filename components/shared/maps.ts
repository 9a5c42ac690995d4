/** The entries of these names, in their own order. */
export function pick<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

/** The same names, each with what `map` makes of its value. */
export function mapValues<T, U>(
  all: Readonly<Record<string, T>>,
  map: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, map(value, name)]));
}
