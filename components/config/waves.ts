import { z } from "zod";

/** `pi-fleet:waves` */
export const waves = z
  .strictObject({
    canary: z.array(z.string()).default([]).describe("Pis that go first, together, before all others."),
    size: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("How many Pis go at once after the canary; all by default."),
    pause: z
      .int()
      .min(0)
      .max(86400)
      .default(0)
      .describe("How long to wait after a wave that changed something, before the next begins. Seconds."),
    parallel: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("How many Pis of a wave are copied to and activated at once; all by default."),
  })
  .describe("The order of Pis. A wave starts only when each Pi of the one before is confirmed.");
