import { z } from "zod";
import { gitHubName } from "./fields.js";

/** A group that exists already. */
const name = z
  .string()
  .regex(/^(?!-)\P{Cc}+$/u, "the name of a runner group, in one line and without - at its beginning");
export const groupName = name.describe("The runner group; the default one otherwise.");

const madeGroup = z.strictObject({
  name,
  create: z.literal(true).describe("The stack makes it, and removes it with its last runner."),
  repositories: z
    .array(gitHubName("the name of a repository, without its owner"))
    .min(1)
    .optional()
    .describe("Those that may use it; all of the organisation by default."),
  publicRepositories: z
    .boolean()
    .default(false)
    .describe("Whether public repositories may use it: their pull requests bring code of strangers."),
});

/** `hosts.NAME.runner.group` of an organisation's runner */
export const runnerGroup = z
  .union([groupName, madeGroup], { error: "the name of a runner group, or {name: …, create: true}" })
  .optional()
  .describe("The runner group; the default one otherwise.");
