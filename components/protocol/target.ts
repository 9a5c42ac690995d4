import { z } from "zod";
import type { Target } from "../ssh/target.js";

const login = z.object({
  address: z.string(),
  user: z.string().optional(),
  port: z.number().optional(),
});

/** Where a step logs in to its Pi. */
export const target: z.ZodType<Target> = z.object({
  ...login.shape,
  name: z.string(),
  hostKey: z.string().optional(),
  former: z.array(login).readonly().optional(),
});
