const started = Date.now();

/** Prints a line of progress on stderr, with the seconds since the process began. The engine shows it at once. */
export function progress(line: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  // The Command provider stops reading at a line of 64 KiB.
  process.stderr.write(`${seconds.padStart(6)} s  ${line.slice(0, 500)}\n`);
}

/** Seconds since the process began, for the outcome. */
export function elapsed(): number {
  return Math.round((Date.now() - started) / 100) / 10;
}
