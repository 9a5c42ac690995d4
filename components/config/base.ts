import { z } from "zod";
import { calendarEvent } from "./calendar.js";

/** `hosts.NAME.base`: options of nix/modules/base.nix and, for `localJobs`, builders.nix. */
export const base = z
  .strictObject({
    generations: z.int().min(1).max(200).optional().describe("How many generations are kept; 10 by default."),
    collectGarbage: z.boolean().optional().describe("Collect garbage; on by default."),
    garbageDates: calendarEvent.optional().describe("When, as systemd.time(7) has it; weekly by default."),
    revision: z
      .string()
      .regex(/^[A-Za-z0-9._+-]{1,64}$/, "at most 64 letters, digits, . _ + and -")
      .optional()
      .describe(
        "What `nixos-version --configuration-revision` tells. A new one changes the Pi's whole system.",
      ),
    localJobs: z
      .int()
      .min(0)
      .max(64)
      .optional()
      .describe("How many builds the Pi itself runs at once; 1 by default, 0 if it has builders."),
  })
  .describe("Generations, garbage, Nix.");
