import { z } from "zod";
import { enable } from "./fields.js";

/** `hosts.NAME.lowMemory` */
export const lowMemory = z
  .strictObject({
    enable,
    zramPercent: z
      .int()
      .min(0)
      .max(400)
      .optional()
      .describe("Swap in compressed memory, in per cent of the memory; 100 by default, 0 is none."),
    swapFileMiB: z
      .int()
      .min(64)
      .max(65536)
      .optional()
      .describe("A swap file on the card, used after zram; none by default. It wears the card."),
    documentation: z.boolean().optional().describe("Keep the manuals."),
  })
  .describe("For 1 GB or less; on by itself on a Pi 2, Pi 3 and Zero 2 W.");
