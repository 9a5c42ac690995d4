import { z } from "zod";
import { enable } from "./fields.js";

/** `hosts.NAME.hil` */
export const hil = z
  .strictObject({
    enable,
    toolchain: z.boolean().optional().describe("cargo and rustc too; on by default."),
    udevRules: z
      .string()
      .max(65536)
      .regex(/^[^\0]*$/, "text")
      .optional()
      .describe("More udev rules."),
  })
  .describe("Hardware in the loop: probe-rs, espflash, debug probes and serial ports without root.");
