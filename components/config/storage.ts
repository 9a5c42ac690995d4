import { z } from "zod";

/** `hosts.NAME.storage` */
export const storage = z
  .strictObject({
    cardGiB: z.int().min(2).max(4096).optional().describe("The card's size, to check what is asked of it."),
    noatime: z.boolean().optional().describe("Reading a file writes nothing; on by default."),
    journal: z
      .enum(["persistent", "volatile"])
      .optional()
      .describe("The journal on the card, or in memory and lost at a reboot (the default with lowMemory)."),
    journalMaxMiB: z.int().min(1).max(65536).optional().describe("Its limit."),
    tmp: z.enum(["disk", "memory"]).optional().describe("Where /tmp is; on disk by default."),
    tmpSize: z
      .string()
      .regex(/^[1-9][0-9]*[%KMG]$/, "a size such as 256M, or a share of the memory such as 50%")
      .optional()
      .describe("The limit of a /tmp in memory; 50% by default."),
  })
  .describe("What is written to the card.");

/** Nix is told all options but the card's size, which only our checks of the config read. */
export function storageForNix(options: z.output<typeof storage>) {
  return { ...options, cardGiB: undefined };
}
