import { z } from "zod";

export const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

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

/** How the options of `reboot` contradict each other; `undefined` when they do not. */
export function rebootFault({ when, window }: RebootPolicy): string | undefined {
  if (when === "window" && !window)
    return 'is needed with when: window, such as {from: "02:00", to: "04:30"}';
  if (when !== "window" && window) return `has no meaning with when: ${when}; set when: window`;
  return undefined;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
