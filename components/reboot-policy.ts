import { z } from "zod";

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const time = z
  .string({ error: 'a time of day in quotes, such as "02:00"' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day, such as "02:00"');

const window = z
  .strictObject({
    from: time.describe("When it opens."),
    to: time.describe("When it closes; on the next day when it is not after `from`."),
    days: z
      .array(z.enum(days))
      .min(1)
      .default([...days])
      .describe("The days on which it opens; every day by default."),
    timezone: z
      .string()
      .refine(isTimezone, "a time zone of the tz database, such as Europe/Rome")
      .optional()
      .describe("Whose clock counts; the Pi's own time zone by default."),
  })
  .describe("When the Pi may reboot.");

/** `hosts.NAME.reboot` */
export const reboot = z
  .strictObject({
    when: z
      .enum(["never", "needed", "window"])
      .default("never")
      .describe(
        "Who reboots a Pi whose kernel, initrd, modules, device tree, firmware or kernel parameters are not those that it " +
          "booted: never, the person who was told; needed, the same `up`; window, an `up` in the window.",
      ),
    window: window.optional(),
    limit: z
      .int()
      .min(10)
      .max(86400)
      .default(300)
      .describe(
        "How long `up` waits until the Pi is back, and the Pi for being confirmed before it goes back to what it booted " +
          "before. Seconds.",
      ),
  })
  .describe("Whether `up` may reboot the Pi.");

export type RebootPolicy = z.output<typeof reboot>;

/** The Pi's clock: seconds since 1970, and what its own time zone makes of them. */
export interface PiClock {
  readonly epoch: number;
  /** 0 is Monday. */
  readonly day: number;
  /** Since midnight. */
  readonly minute: number;
}

/** What the options of `reboot` say against each other. */
export function rebootFault({ when, window }: RebootPolicy): string | undefined {
  if (when === "window" && !window)
    return 'is needed with when: window, such as {from: "02:00", to: "04:30"}';
  if (when !== "window" && window) return `has no meaning with when: ${when}; set when: window`;
  return undefined;
}

/** `undefined` while the window is open, else when it opens: `sat 02:00 (Europe/Rome)`. */
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

function wallClock(epoch: number, timezone: string): { day: number; minute: number } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: timezone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = format.formatToParts(epoch * 1000);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? "";
  const day = days.findIndex((name) => name === part("weekday").toLowerCase());
  return { day, minute: minutes(`${part("hour")}:${part("minute")}`) };
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
