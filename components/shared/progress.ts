const started = Date.now();

/** One line of progress on stderr, with the seconds since the process began. Live in the engine's display. */
export function progress(line: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  // The provider's log reader stops at 64 KiB a line.
  process.stderr.write(`${seconds.padStart(6)} s  ${line.slice(0, 500)}\n`);
}

/** Seconds since the process began, for the outcome. */
export function elapsed(): number {
  return Math.round((Date.now() - started) / 100) / 10;
}
