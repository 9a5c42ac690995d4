import { z } from "zod";
import { enable } from "./fields.js";

/** `hosts.NAME.watchdog` */
export const watchdog = z
  .strictObject({
    enable,
    seconds: z
      .int()
      .min(1)
      .max(15, "the watchdog of a Raspberry Pi waits 15 seconds at most")
      .optional()
      .describe("After how long without a sign of life the board resets itself; 10 by default."),
  })
  .describe("The board's watchdog.");
