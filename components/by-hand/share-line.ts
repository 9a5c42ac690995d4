import { sizeText } from "../shared/size-text.js";

/** A line is printed again after so many seconds where there is no terminal that overwrites it. */
const everySeconds = { terminal: 0.2, file: 10 };

/**
 * Shows on stderr how far a long piece of work is: its share, what that is in bytes, the rate and the time left. In a
 * terminal it is one line that changes.
 * @param done what happens to the bytes, such as `written`
 */
export function shareLine(done: string): (share: number, bytes: number) => void {
  const started = Date.now();
  const onTerminal = process.stderr.isTTY;
  let shown = started;
  return (share, bytes) => {
    const now = Date.now();
    const ended = share >= 1;
    if (!ended && now - shown < (onTerminal ? everySeconds.terminal : everySeconds.file) * 1000) return;
    shown = now;
    const line = shareText(done, share, bytes, (now - started) / 1000);
    process.stderr.write(onTerminal ? `\r\x1b[K${line}${ended ? "\n" : ""}` : `${line}\n`);
  };
}

/** ` 42 % written, 1.2 GiB, 20.1 MiB/s, 1 min 20 s left` */
export function shareText(done: string, share: number, bytes: number, seconds: number): string {
  const left = share > 0 && share < 1 ? `, ${durationText((seconds / share) * (1 - share))} left` : "";
  const rate = seconds > 0 ? `, ${sizeText(bytes / seconds)}/s` : "";
  return `${String(Math.floor(share * 100)).padStart(3)} % ${done}, ${sizeText(bytes)}${rate}${left}`;
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
