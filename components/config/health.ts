import { z } from "zod";
import { unitName } from "./fields.js";

/** `hosts.NAME.health` */
export const health = z
  .strictObject({
    units: z
      .array(unitName)
      .default([])
      .describe(
        "Units that must be active in the new system, besides that no unit fails that did not fail before.",
      ),
    check: z
      .string()
      .regex(/^(?=.*\S)[\t\P{Cc}]+$/u, "one line of sh, such as ping -c1 192.168.1.1")
      .optional()
      .describe("A command that must succeed on the Pi, as root, before the new system is confirmed."),
  })
  .describe("What makes a new system a healthy one; else the Pi returns to its old one.");
