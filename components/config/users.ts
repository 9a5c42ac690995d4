import { z } from "zod";
import { accountGroup, accountName } from "./fields.js";
import { accountKey } from "./keys.js";

const account = z
  .strictObject({
    keys: z
      .array(accountKey)
      .min(1, "give at least one public key: there are no passwords")
      .describe("Who logs in."),
    wheel: z.boolean().optional().describe("In wheel; see sudo.wheelWithoutPassword."),
    groups: z.array(accountGroup).optional().describe("Further groups, such as dialout."),
  })
  .describe("An account besides the one that deploys.");

/** `hosts.NAME.users` */
export const users = z.record(accountName, account).describe("More accounts, by name.");
