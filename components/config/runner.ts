import { z } from "zod";
import { seconds } from "./fields.js";
import { type HostConfig } from "./host.js";

export const label = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,256}$/, "a runner label is letters, digits, _ . and -");
export const runnerName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, "a runner name is at most 64 letters, digits, _ . and -");

export const gitHubUrl = z
  .string()
  .regex(
    /^(https:\/\/[^/\s]+|http:\/\/(127|10|192\.168)\.[0-9.]+(:\d+)?)(\/[^\s]*[^/\s])?$/,
    "https://HOST without a slash at its end; http only at a private address",
  );

export const appId = z.int().min(1).describe("The id of the GitHub App whose private key githubToken is.");
export const installation = z.int().min(1).describe("The App's installation; found by itself otherwise.");
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

export const runnerCommon = {
  labels: z.array(label).default([]).describe("Labels besides self-hosted and the system's own."),
  credential: runnerCredential.prefault({ kind: "registration-token" }),
  github: z
    .strictObject({
      url: gitHubUrl.default("https://github.com").describe("Where people see it."),
      api: gitHubUrl
        .default("https://api.github.com")
        .describe("Its REST API; of an Enterprise Server https://HOST/api/v3."),
    })
    .prefault({})
    .describe("Which GitHub."),
  ephemeral: z
    .boolean()
    .default(false)
    .describe(
      "One job for each registration; the runner registers anew by itself, so its credential must be token.",
    ),
  workDir: z
    .string()
    .regex(/^\/[A-Za-z0-9_./-]+$/, "an absolute path")
    .optional()
    .describe("Where jobs work, on the card; in memory (/run) by default."),
  hardware: z.boolean().default(true).describe("Whether jobs reach USB probes and serial ports."),
  interruptJobs: z
    .boolean()
    .default(false)
    .describe("Whether a change restarts the runner under its job; else the job is waited for."),
  timeouts: z
    .strictObject({
      online: seconds(120, "How long `up` waits until GitHub lists the runner as online."),
      idle: seconds(600, "How long `up` waits for a job to end before it registers the runner anew."),
    })
    .prefault({}),
};

export const groupName = z.string().min(1).describe("The runner group; the default one otherwise.");
const group = z
  .union(
    [
      groupName,
      z.strictObject({
        name: z.string().min(1),
        create: z.literal(true).describe("The stack makes it, and removes it with its last runner."),
        repositories: z
          .array(z.string().regex(/^[A-Za-z0-9_.-]+$/, "the name of a repository, without its owner"))
          .min(1)
          .optional()
          .describe("Those that may use it; all of the organisation by default."),
        publicRepositories: z
          .boolean()
          .default(false)
          .describe("Whether public repositories may use it: their pull requests bring code of strangers."),
      }),
    ],
    { error: "the name of a runner group, or {name: …, create: true}" },
  )
  .optional()
  .describe("The runner group; the default one otherwise.");

export const runnerKinds = {
  repository: {
    kind: z.literal("repository"),
    repository: z.string().regex(/^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/, "OWNER/NAME"),
  },
  organization: {
    kind: z.literal("organization"),
    organization: z.string().regex(/^[A-Za-z0-9_.-]+$/),
    group,
  },
  enterprise: {
    kind: z.literal("enterprise"),
    enterprise: z.string().regex(/^[A-Za-z0-9_.-]+$/),
    group: groupName.optional(),
  },
};

export function runnerUnion<T extends z.ZodType>(name: T) {
  const { repository, organization, enterprise } = runnerKinds;
  return z.discriminatedUnion("kind", [
    z.strictObject({ ...repository, name, ...runnerCommon }),
    z.strictObject({ ...organization, name, ...runnerCommon }),
    z.strictObject({ ...enterprise, name, ...runnerCommon }),
  ]);
}

export const runner = runnerUnion(
  runnerName.optional().describe("The runner's name on GitHub; the host's name by default."),
).describe("The GitHub Actions runner of this Pi; its credential is the secret githubToken.");

export const furtherRunner = runnerUnion(runnerName.describe("The runner's name on GitHub.")).describe(
  "Another runner.",
);

export type RunnerConfig = NonNullable<HostConfig["runner"]>;

/** `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`: where GitHub's API keeps a runner. */
export function runnerScope(runner: RunnerConfig): string {
  switch (runner.kind) {
    case "repository":
      return `repos/${runner.repository}`;
    case "organization":
      return `orgs/${runner.organization}`;
    case "enterprise":
      return `enterprises/${runner.enterprise}`;
  }
}
