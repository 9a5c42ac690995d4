const EVERY_MS = 10_000;

/** Runs `work`. Reports its start, every ten seconds that it still runs, and how long it took. */
export async function timed<T>(
  what: string,
  report: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const start = Date.now();
  const elapsed = () => `${Math.round((Date.now() - start) / 1000)} s`;
  report(`${what} …`);
  const timer = setInterval(() => report(`${what} … ${elapsed()}`), EVERY_MS);
  try {
    const result = await work();
    report(`${what}: done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
