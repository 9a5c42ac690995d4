import { cutText } from "./cut-text.js";

const started = Date.now();

/**
 * Decides which lines of progress are shown. The command provider gives all stderr of a Command to its next run, in one
 * variable of the environment, which holds 128 KiB (pulumi/pulumi-command#285): after a copy of a thousand store paths no
 * other run could begin. So once much was said, only one short line a minute follows.
 */
export class Thinning {
  private bytes = 0;
  private last = 0;

  /** The line as it is shown; `undefined` when it is left out. `now` is the time in milliseconds. */
  show(line: string, now: number): string | undefined {
    const isMuch = this.bytes > 40_000;
    if (this.bytes > 90_000 || (isMuch && now - this.last < 60_000)) return undefined;
    // The provider stops reading at a line of 64 KiB.
    const shown = cutText(line, isMuch ? 120 : 500);
    this.bytes += Buffer.byteLength(shown) + 12;
    this.last = now;
    return shown;
  }
}

const thinning = new Thinning();

/** Prints a line of progress on stderr, with the seconds since the process began. The engine shows it at once. */
export function progress(line: string): void {
  const shown = thinning.show(line, Date.now());
  if (shown !== undefined) print(shown);
}

/** The same for a line that must be seen, however much was said before. */
export function lastWords(line: string): void {
  print(cutText(line, 2000));
}

function print(line: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stderr.write(`${seconds.padStart(6)} s  ${line}\n`);
}

/** Seconds since the process began, for the outcome. */
export function elapsed(): number {
  return Math.round((Date.now() - started) / 100) / 10;
}
