import type { RunnerConfig } from "../config/runner.js";

/** One runner of one Pi, as its steps are told: no secret, and nothing that differs between two checkouts. */
export interface RunnerSpec {
  readonly name: string;
  readonly unit: string;
  /** Where GitHub's REST API keeps it: `repos/OWNER/NAME`, `orgs/NAME` or `enterprises/NAME`. */
  readonly scope: string;
  readonly api: string;
  /** What the runner itself registers with. */
  readonly url: string;
  readonly labels: readonly string[];
  /** What the runner's own configuration adds to them; a just-in-time registration has only what it is given. */
  readonly systemLabels: readonly string[];
  readonly group: string | null;
  /** From the runner's root, as GitHub wants it in a just-in-time registration. */
  readonly workFolder: string;
  /** Changes with whatever makes a registration another one. */
  readonly registration: string;
  readonly tokenFile: string;
  readonly credential: RunnerConfig["credential"];
  /** Whether it registers anew after each job by itself, and so under another id. */
  readonly ephemeral: boolean;
  readonly interruptJobs: boolean;
  readonly timeouts: { readonly online: number; readonly idle: number };
}
