import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { outcomeAfterRun } from "./convergence/outcome-after-run.js";
import { runnerConvergence, type RunnerConvergence } from "./convergence/runner-convergence.js";
import type { Pi } from "./pi.js";
import { parseOutcome, type Outcome } from "./protocol/outcome.js";
import type { RunnerSpec } from "./protocol/runner-spec.js";
import { runnerKey } from "./runners/runner-key.js";
import { runnersOf } from "./runners/runner-spec.js";
import type { SshKeys } from "./ssh-keys.js";
import { listRunners } from "./stack/github-listing.js";
import { lastOutcome } from "./stack/last-run.js";
import { now } from "./stack/now.js";
import { leftOutCommand, stepCommand } from "./stack/step-command.js";

export interface RunnerRegistrationArgs {
  /** The Pi, whose host has the runner. */
  readonly pi: Pi;
  readonly keys: SshKeys;
  /** What the runner's `credential` says: a GitHub token that may register runners, or an App's private key. A secret. */
  readonly githubToken: pulumi.Input<string>;
  /** The runner group, when this program makes it. */
  readonly group?: pulumi.Resource | undefined;
  /** Which of the Pi's runners, by its name on GitHub. @default the first */
  readonly runner?: string | undefined;
}

/**
 * One runner's registration with GitHub. It is made once. It is made anew only when config changed it, or when the Pi
 * or GitHub show that it is gone. The step that delivers the token also makes the token, so that it is never in argv, a
 * log or the Nix store.
 */
export class RunnerRegistration extends pulumi.ComponentResource {
  /** How the runner stands after this run. */
  readonly outcome: pulumi.Output<Outcome>;
  /** Whether this run leaves it as it is. */
  readonly leftOut: boolean;

  constructor(name: string, args: RunnerRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:RunnerRegistration", name, {}, opts);
    const spec = specOf(args);
    const last = lastOutcome("runners", runnerKey(args.pi.name, args.pi.host, spec.name));
    this.leftOut = args.pi.leftOut;
    if (this.leftOut) {
      leftOutCommand(name, { parent: this, dependsOn: dependenciesOf(args) });
      this.outcome = last.apply((outcome) => outcome ?? parseOutcome(args.pi.name, ""));
    } else {
      const convergence = runnerConvergenceOf(args, spec, last);
      convergence.apply(({ remark }) => remark && pulumi.log.warn(remark, this));
      const delivery = this.deliver(name, args, spec, convergence);
      this.outcome = runnerOutcome(args.pi.name, convergence, delivery);
    }
    this.registerOutputs({ url: spec.url });
  }

  private deliver(
    name: string,
    args: RunnerRegistrationArgs,
    runner: RunnerSpec,
    convergence: pulumi.Output<RunnerConvergence>,
  ): command.local.Command {
    const { pi, keys, githubToken } = args;
    return stepCommand(
      name,
      {
        run: pi.host.hostKey ? "deliver-runner" : "deliver-runner may-await-flash",
        remove: "remove-runner",
        inputs: { ...pi.stepInputs, runner, delivery: convergence.apply(({ id }) => id) },
        secrets: pulumi
          .all([keys.deployPrivateKey, githubToken])
          .apply(([deployKey, token]) => ({ deployKey, githubToken: token })),
      },
      { parent: this, dependsOn: dependenciesOf(args) },
    );
  }
}

/** The order holds for the removal too: the runner goes before the record of its Pi, and before its group. */
function dependenciesOf({ pi, group }: RunnerRegistrationArgs): pulumi.Resource[] {
  return [pi.activation, ...(group ? [group] : [])];
}

function specOf({ pi, runner }: RunnerRegistrationArgs): RunnerSpec {
  const spec = runnersOf(pi.name, pi.host).find(({ name }) => runner === undefined || name === runner);
  if (!spec) throw new Error(`${pi.name} has no runner ${runner ?? ""} in its host config`);
  return spec;
}

function runnerConvergenceOf(
  { pi, githubToken }: RunnerRegistrationArgs,
  spec: RunnerSpec,
  last: pulumi.Output<Outcome | undefined>,
): pulumi.Output<RunnerConvergence> {
  // GitHub does not know a runner that its Pi never registered.
  const listing = pulumi
    .all([pi.observation, githubToken])
    .apply(([seen, token]) =>
      seen.kind === "seen" && spec.name in seen.status.registered
        ? listRunners(spec, token)
        : ({ kind: "not asked" } as const),
    );
  return pulumi.unsecret(
    pulumi
      .all([pi.observation, last, listing])
      .apply(([seen, before, listed]) => runnerConvergence(pi.name, spec, seen, before, listed, now)),
  );
}

function runnerOutcome(
  pi: string,
  convergence: pulumi.Output<RunnerConvergence>,
  delivery: command.local.Command,
): pulumi.Output<Outcome> {
  return pulumi.unsecret(
    pulumi
      .all([convergence, delivery.stdout, delivery.environment])
      .apply(([known, stdout, ran]) => outcomeAfterRun(pi, stdout, known, ran?.["DELIVERY"])),
  );
}
