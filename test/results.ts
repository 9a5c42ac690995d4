/** What a part of the tests counted. Titles of failures and reasons of skips are repeated at the end. */
export interface Results {
  passed: number;
  failures: string[];
  skips: string[];
  /** Tests and hooks that took a second or more. */
  times: Time[];
  /** How long each part took, from the start of its process to the end. */
  parts: Time[];
}

export interface Time {
  readonly title: string;
  readonly ms: number;
}

const SLOWEST = 10;

/** The sum of several parts. */
export function sum(parts: Results[]): Results {
  return {
    passed: parts.reduce((total, part) => total + part.passed, 0),
    failures: parts.flatMap((part) => part.failures),
    skips: parts.flatMap((part) => part.skips),
    times: parts.flatMap((part) => part.times),
    parts: parts.flatMap((part) => part.parts),
  };
}

/** Prints the slowest tests, the failures and skips by name, then the counts on the last line. Returns the exit code. */
export function conclude({ passed, failures, skips, times, parts }: Results): number {
  const nothingRan = passed + failures.length === 0;
  if (parts.length > 1) console.log(`\nTime:\n${parts.map(timeLine).join("\n")}`);
  const slowest = [...times].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  if (slowest.length > 0) console.log(`\nSlowest:\n${slowest.map(timeLine).join("\n")}`);
  if (nothingRan) console.log("\nNo test ran.");
  if (skips.length > 0) console.log(`\nSkipped:\n${skips.map((skip) => `  ${skip}`).join("\n")}`);
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join("\n")}`);

  const skipped = skips.length > 0 ? `, ${skips.length} skipped` : "";
  console.log(`\n${passed} passed, ${failures.length} failed${skipped}`);
  return nothingRan || failures.length > 0 ? 1 : 0;
}

function timeLine({ title, ms }: Time): string {
  return `  ${(ms / 1000).toFixed(1).padStart(6)} s  ${title}`;
}
