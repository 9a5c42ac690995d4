import * as pulumi from "@pulumi/pulumi";
import { parseOutcome, type Outcome } from "./outcome.js";
import type { Pi } from "./pi.js";
import { runnerUrl } from "./evaluation.js";
import { stepCommand } from "./step-command.js";
import type { SshKeys } from "./ssh-keys.js";

export interface RunnerRegistrationArgs {
  /** The Pi, whose host has a `runner`. */
  readonly pi: Pi;
  readonly keys: SshKeys;
  /** A GitHub token that may register runners (a repository: Administration read and write). A secret. */
  readonly githubToken: pulumi.Input<string>;
}

const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");

/**
 * Delivers the credential that a Pi's runner registers itself with, once: again only when the Pi shows that it has
 * none, when the credential or the registration changes. Never in argv, a log or the Nix store.
 */
export class RunnerRegistration extends pulumi.ComponentResource {
  readonly outcome: pulumi.Output<Outcome>;

  constructor(name: string, args: RunnerRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pi-fleet:index:RunnerRegistration", name, {}, opts);
    const { pi, keys } = args;
    const runner = pi.host.runner;
    if (!runner) throw new Error(`${pi.name} has no runner in its host config`);

    const delivery = stepCommand(
      `${pi.name}-runner`,
      {
        run: pi.host.hostKey ? "deliver-runner" : "deliver-runner may-await-flash",
        remove: "remove-runner",
        environment: {
          ...pi.stepEnvironment(),
          UNIT: `github-runner-${runner.name ?? pi.name}.service`,
          REGISTRATION: runnerUrl(runner),
          DELIVERY: pi.observation.apply((seen) =>
            seen.kind === "seen" && seen.status.delivery ? seen.status.delivery : `to a Pi without a credential, seen ${now}`,
          ),
        },
        secrets: pulumi
          .all([keys.deployPrivateKey, args.githubToken])
          .apply(([deployKey, githubToken]) => ({ deployKey, githubToken })),
      },
      { parent: this, dependsOn: [pi.activation], ignoreChanges: pi.ignoredWhenOff("DELIVERY") },
    );
    this.outcome = pulumi.unsecret(
      pulumi.all([delivery.stdout, pi.observation]).apply(([stdout, seen]) => {
        const last = parseOutcome(pi.name, stdout);
        const stale = seen.kind === "seen" && Boolean(seen.status.delivery) && last.status === "failed";
        return stale ? { pi: pi.name, status: "already there" as const, seconds: 0 } : last;
      }),
    );
    this.registerOutputs({ url: runnerUrl(runner) });
  }
}
