import { z } from "zod";

export const keptImage = z.object({
  /** The file, from the project's directory unless config names an absolute folder. */
  path: z.string(),
  /** Its size. */
  bytes: z.number(),
  /** Of the file as it is, compressed or not. */
  sha256: z.string(),
});

/** The image of a Pi's card, in a file on this machine. */
export type KeptImage = Readonly<z.output<typeof keptImage>>;
