import { z } from "zod";

const appId = z.int().min(1).describe("The id of the GitHub App whose private key githubToken is.");
const installation = z.int().min(1).describe("The App's installation; found by itself otherwise.");

/** `hosts.NAME.runner.credential` */
export const runnerCredential = z
  .discriminatedUnion("kind", [
    z
      .strictObject({ kind: z.literal("registration-token") })
      .describe("githubToken stays here; the Pi gets a token of an hour, made when it needs one."),
    z
      .strictObject({ kind: z.literal("token") })
      .describe(
        "githubToken itself is put on the Pi: it can register anew by itself, and so can whoever reads it.",
      ),
    z
      .strictObject({
        kind: z.literal("app"),
        appId,
        installation: installation.optional(),
      })
      .describe("githubToken is a GitHub App's private key; the Pi gets a token of an hour."),
    z
      .strictObject({
        kind: z.literal("just-in-time"),
        appId: appId.optional(),
        installation: installation.optional(),
      })
      .describe(
        "githubToken stays here; the Pi gets a registration for one job, after which the runner is gone until the next `up`.",
      ),
  ])
  .describe("What the secret githubToken is, and what of it reaches the Pi.");
