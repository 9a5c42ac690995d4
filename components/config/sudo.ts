import { z } from "zod";

/** `hosts.NAME.sudo` */
export const sudo = z.strictObject({
  wheelWithoutPassword: z
    .boolean()
    .optional()
    .describe("All of wheel becomes root without a password; otherwise only `user` does."),
  onlyActivation: z
    .boolean()
    .optional()
    .describe(
      "true: as root `user` can only activate systems that the fleet signed, and deliver tokens. false: all of sudo " +
        "again, and systems stay signed, as a Pi that was `true` wants. Absent: all of sudo, nothing is signed.",
    ),
});
