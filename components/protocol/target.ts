import { z } from "zod";
import type { Target } from "../ssh/target.js";

/** Where a step logs in to its Pi. */
export const target: z.ZodType<Target> = z.object({
  name: z.string(),
  address: z.string(),
  user: z.string().optional(),
  port: z.number().optional(),
  hostKey: z.string().optional(),
});
