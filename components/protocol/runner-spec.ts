import { z } from "zod";
import { ownApi } from "../config/github-place.js";
import { runnerCredential } from "../config/runner-credential.js";

/**
 * One runner of one Pi, as its steps are told. It has no secret, and nothing that differs between two checkouts. The
 * defaults are for inputs in the state that an older version wrote: `destroy` runs with those.
 */
export const runnerSpec = z
  .object({
    /** Its name on GitHub. */
    name: z.string(),
    /** Its systemd unit, `github-runner-NAME.service`. */
    unit: z.string(),
    /** Where GitHub's REST API keeps it: `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`. */
    scope: z.string(),
    /** The address of GitHub's REST API. */
    api: z.string(),
    /** The address that the runner registers with. */
    url: z.string(),
    labels: z.array(z.string()).readonly().default([]),
    /** The labels that the runner's own configuration adds. A just-in-time registration has only what it is given. */
    systemLabels: z.array(z.string()).readonly().default([]),
    /** Its runner group; null is the default one. */
    group: z.string().nullable().default(null),
    /** Its work folder, relative to the runner's root, as GitHub wants it in a just-in-time registration. */
    workFolder: z.string().default(""),
    /** A hash of all that a registration depends on. */
    registration: z.string(),
    /** The file on the Pi that the unit reads its token from. */
    tokenFile: z.string(),
    credential: runnerCredential,
    /** Whether it registers anew by itself after each job, and so gets another id. */
    ephemeral: z.boolean().default(false),
    interruptJobs: z.boolean().default(false),
    /** Seconds. */
    timeouts: z.object({ online: z.number(), idle: z.number() }),
  })
  .transform((spec) => ({ ...spec, api: ownApi(spec) }));

export type RunnerSpec = Readonly<z.output<typeof runnerSpec>>;
