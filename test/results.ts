/** What a part of the tests counted. Titles of failures and reasons of skips are repeated at the end. */
export interface Results {
  passed: number;
  failures: string[];
  skips: string[];
}

/** The sum of several parts. */
export function sum(parts: Results[]): Results {
  return {
    passed: parts.reduce((total, part) => total + part.passed, 0),
    failures: parts.flatMap((part) => part.failures),
    skips: parts.flatMap((part) => part.skips),
  };
}

/** Prints the failures and skips by name, then the counts on the last line, and returns the exit code. */
export function conclude({ passed, failures, skips }: Results): number {
  const nothingRan = passed + failures.length === 0;
  if (nothingRan) console.log("\nNo test ran.");
  if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((skip) => `  ${skip}`).join("\n")}`);
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join("\n")}`);

  const skipped = skips.length > 0 ? `, ${skips.length} skipped` : "";
  console.log(`\n${passed} passed, ${failures.length} failed${skipped}`);
  return nothingRan || failures.length > 0 ? 1 : 0;
}
