import { type RebootPolicy, days } from "../config/reboot.js";
import type { PiClock } from "../on-pi/pi-clock.js";

/** When the window opens, `sat 02:00 (Europe/Rome)`; `undefined` while it is open. */
export function opensAt(
  { from, to, days: opening, timezone }: NonNullable<RebootPolicy["window"]>,
  clock: PiClock,
): string | undefined {
  const { day, minute } = timezone ? wallClock(clock.epoch, timezone) : clock;
  const opens = (which: number) => opening.includes(days[(which + 7) % 7]!);
  const [start, end] = [minutes(from), minutes(to)];
  const open =
    start < end
      ? opens(day) && minute >= start && minute < end
      : (opens(day) && minute >= start) || (opens(day - 1) && minute < end);
  if (open) return undefined;
  const ahead = [0, 1, 2, 3, 4, 5, 6, 7].find((n) => opens(day + n) && (n > 0 || minute < start))!;
  return `${days[(day + ahead) % 7]} ${from} (${timezone ?? "the Pi's clock"})`;
}

/** The day (0 is Monday) and the minute since midnight in a time zone. `epoch` is in seconds. */
function wallClock(epoch: number, timezone: string): { day: number; minute: number } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = format.formatToParts(epoch * 1000);
  const valueOf = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((part) => part.type === type)?.value ?? "";
  const day = days.findIndex((name) => name === valueOf("weekday").toLowerCase());
  return { day, minute: minutes(`${valueOf("hour")}:${valueOf("minute")}`) };
}

/** Minutes since midnight of `HH:MM`. */
export function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
