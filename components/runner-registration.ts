import * as pulumi from "@pulumi/pulumi";
import { canonicalJson } from "./shared/canonical-json.js";
import { GitHubRunners } from "./runners/github-runners.js";
import { runnerReleases } from "./runners/runner-releases.js";
import { type RunnerRelease } from "./runners/runner-releases.js";
import { isApp } from "./runners/github-token.js";
import { type GitHubLimits } from "./runners/github-request.js";
import { GitHubError } from "./runners/github-error.js";
import { now } from "./stack/now.js";
import { parseOutcome, type Outcome } from "./protocol/outcome.js";
import { outcomeAfterRun as standingOutcome } from "./convergence/outcome-after-run.js";
import type { Pi } from "./pi.js";
import { lastOutcome } from "./stack/last-run.js";
import { runnersOf } from "./runners/runner-spec.js";
import { type RunnerSpec } from "./protocol/runner-spec.js";
import { runnerConvergence, type Listing } from "./convergence/runner-convergence.js";
import { stepCommand } from "./stack/step-command.js";
import type { SshKeys } from "./ssh-keys.js";

export interface RunnerRegistrationArgs {
  /** The Pi, whose host has the runner. */
  readonly pi: Pi;
  readonly keys: SshKeys;
  /** What the runner's `credential` says: a GitHub token that may register runners, or an App's private key. A secret. */
  readonly githubToken: pulumi.Input<string>;
  /** The runner group, when this program makes it. */
  readonly group?: pulumi.Resource | undefined;
  /** Which of the Pi's runners. @default the host's `runner` */
  readonly runner?: string;
}

/**
 * One runner's registration with GitHub. It is made once, and anew only when it changed in config or when the Pi or
 * GitHub show that it is gone; the token for it is made by the step that delivers it. Never in argv, a log or the Nix
 * store.
 */
export class RunnerRegistration extends pulumi.ComponentResource {
  readonly outcome: pulumi.Output<Outcome>;
  /** Whether this run leaves it as it is, with its Pi. */
  readonly leftOut: boolean;

  constructor(name: string, args: RunnerRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:RunnerRegistration", name, {}, opts);
    const { pi, keys } = args;
    this.leftOut = pi.leftOut;
    const spec = runnersOf(pi.name, pi.host).find(
      (one) => args.runner === undefined || one.name === args.runner,
    );
    if (!spec) throw new Error(`${pi.name} has no runner ${args.runner ?? ""} in its host config`);

    const listing = pulumi
      .all([pi.observation, args.githubToken])
      .apply(([seen, token]) =>
        seen.kind === "seen" && spec.name in seen.status.registered
          ? listRunners(spec, token)
          : ({ kind: "not asked" } as const),
      );
    const standing = pulumi.unsecret(
      pulumi
        .all([pi.observation, lastOutcome("runners", name.replace(/-runner$/, "")), listing])
        .apply(([seen, last, listed]) => runnerConvergence(pi.name, spec, seen, last, listed, now)),
    );
    standing.apply(({ remark }) => remark && pulumi.log.warn(remark, this));
    const command = stepCommand(
      `${name}`,
      {
        run: pi.host.hostKey ? "deliver-runner" : "deliver-runner may-await-flash",
        leftOut: pi.leftOut,
        remove: "remove-runner",
        environment: {
          ...pi.stepEnvironment(),
          RUNNER: canonicalJson(spec),
          DELIVERY: standing.apply(({ id }) => id),
        },
        secrets: pulumi
          .all([keys.deployPrivateKey, args.githubToken])
          .apply(([deployKey, githubToken]) => ({ deployKey, githubToken })),
      },
      { parent: this, dependsOn: [pi.activation, ...(args.group ? [args.group] : [])] },
    );
    if (pi.leftOut) {
      this.outcome = lastOutcome("runners", name.replace(/-runner$/, "")).apply(
        (last) => last ?? parseOutcome(pi.name, ""),
      );
      this.registerOutputs({ url: spec.url });
      return;
    }
    this.outcome = pulumi.unsecret(
      pulumi
        .all([standing, command.stdout, command.environment])
        .apply(([known, stdout, ran]) => standingOutcome(pi.name, stdout, known, ran?.["DELIVERY"])),
    );
    this.registerOutputs({ url: spec.url });
  }
}

const releases = new Map<string, Promise<RunnerRelease[]>>();

/** Asked once for all runners. Only a warning hangs on it, so a refusal counts as none. */
function releasesOf(api: string, token: string, limits: GitHubLimits): Promise<RunnerRelease[]> {
  const known = releases.get(api);
  if (known) return known;
  const asked = runnerReleases(api, token, limits).catch(() => []);
  releases.set(api, asked);
  return asked;
}

const listings = new Map<string, Promise<Listing>>();

/** One list for all runners of a scope. Reads only, and soon gives up: a preview must not wait for GitHub. */
function listRunners(spec: RunnerSpec, token: string): Promise<Listing> {
  if (isApp(spec.credential)) return Promise.resolve({ kind: "not asked" });
  const key = `${spec.api} ${spec.scope}`;
  const known = listings.get(key);
  if (known) return known;
  const limits = { totalSeconds: 4, answerSeconds: 4 };
  const listing = Promise.all([
    new GitHubRunners(spec.api, spec.scope, token.trim(), limits).list(),
    releasesOf(spec.api, token.trim(), limits),
  ]).then(
    ([runners, releases]): Listing => ({ kind: "listed", runners, releases }),
    (error: unknown): Listing => {
      if (error instanceof GitHubError) return { kind: "unknown", message: error.message };
      throw error;
    },
  );
  listings.set(key, listing);
  return listing;
}
