import { z } from "zod";

/** A path on this machine: absolute, from the project's directory, or below `~`, which is your home. */
export const localPath = z
  .string()
  .regex(/^[^\p{Cc}]+$/u, "a path on this machine")
  .regex(/^(?!~[^/])/, "a path: ~ is your own home alone, as in ~/fleet, and nobody else's");
