import { z } from "zod";
import { gitHubName, seconds } from "./fields.js";
import { gitHubPlace } from "./github-place.js";
import { runnerCredential } from "./runner-credential.js";
import { groupName, runnerGroup } from "./runner-group.js";
import { workDir } from "./work-dir.js";

const label = z
  .string()
  .regex(
    /^(?!-)[A-Za-z0-9_.-]{1,256}$/,
    "a runner label is letters, digits, _ . and -, and begins with no -",
  );
const runnerName = z
  .string()
  .regex(
    /^(?!\.{1,2}$|-)[A-Za-z0-9_.-]{1,64}$/,
    "a runner name is at most 64 letters, digits, _ . and -, begins with no -, and is not . or .. alone: folders on the Pi have its name",
  );

const common = {
  labels: z.array(label).default([]).describe("Labels besides self-hosted and the system's own."),
  credential: runnerCredential.prefault({ kind: "registration-token" }),
  github: gitHubPlace,
  ephemeral: z
    .boolean()
    .default(false)
    .describe(
      "One job for each registration; the runner registers anew by itself, so its credential must be token.",
    ),
  workDir: workDir.optional().describe("Where jobs work, on the card; in memory (/run) by default."),
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

/** The kinds of a runner: whom it serves, its name, and the options that all kinds have. */
function runnerOf<Name extends z.ZodType>(name: Name) {
  return z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("repository"),
      repository: z
        .string()
        .regex(/^(?!\.{1,2}\/)[A-Za-z0-9_.-]+\/(?!\.{1,2}$)[A-Za-z0-9_.-]+$/, "OWNER/NAME"),
      name,
      ...common,
    }),
    z.strictObject({
      kind: z.literal("organization"),
      organization: gitHubName("the name of an organisation"),
      group: runnerGroup,
      name,
      ...common,
    }),
    z.strictObject({
      kind: z.literal("enterprise"),
      enterprise: gitHubName("the name of an enterprise"),
      group: groupName.optional(),
      name,
      ...common,
    }),
  ]);
}

/** `hosts.NAME.runner` */
export const runner = runnerOf(
  runnerName.optional().describe("The runner's name on GitHub; the host's name by default."),
).describe("The GitHub Actions runner of this Pi; its credential is the secret githubToken.");

/** An entry of `hosts.NAME.runners`, which has a name of its own. */
export const furtherRunner = runnerOf(runnerName.describe("The runner's name on GitHub.")).describe(
  "Another runner.",
);

export type RunnerConfig = z.output<typeof runner>;

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
