const limit = 100;

/** What is wrong with a value that is nested so deep that no part of it can be read by recursion; else `undefined`. */
export function nestingFault(value: unknown): string | undefined {
  let level = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((one) =>
      typeof one === "object" && one !== null ? (Object.values(one) as unknown[]) : [],
    );
    if (level.length === 0) return undefined;
  }
  return `is nested more than ${limit} levels deep`;
}
