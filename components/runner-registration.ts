import * as pulumi from "@pulumi/pulumi";
import { previousOutcome } from "./previous.js";
import type { Observation } from "./probe.js";
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

    const delivery = pulumi
      .all([pi.observation, previousOutcome("runners", pi.name)])
      .apply(([seen, last]) => deliveryId(seen, last));
    const command = stepCommand(
      `${pi.name}-runner`,
      {
        run: pi.host.hostKey ? "deliver-runner" : "deliver-runner may-await-flash",
        remove: "remove-runner",
        environment: {
          ...pi.stepEnvironment(),
          UNIT: `github-runner-${runner.name ?? pi.name}.service`,
          REGISTRATION: runnerUrl(runner),
          DELIVERY: delivery.apply(({ id }) => id),
        },
        secrets: pulumi
          .all([keys.deployPrivateKey, args.githubToken])
          .apply(([deployKey, githubToken]) => ({ deployKey, githubToken })),
      },
      { parent: this, dependsOn: [pi.activation] },
    );
    this.outcome = pulumi.unsecret(
      pulumi.all([delivery, command.stdout]).apply(([{ id, confirmed }, stdout]): Outcome => {
        const last = parseOutcome(pi.name, stdout);
        const stale = confirmed && last.status === "failed";
        return stale
          ? { pi: pi.name, status: "already there", convergence: id, seconds: 0 }
          : { ...last, convergence: id };
      }),
    );
    this.registerOutputs({ url: runnerUrl(runner) });
  }
}

/** As the convergence id of a Pi: the one it reports when the credential is there, the last one when it is off. */
function deliveryId(seen: Observation, last: Outcome | undefined): { id: string; confirmed: boolean } {
  if (seen.kind === "seen" && seen.status.delivery) return { id: seen.status.delivery, confirmed: true };
  if (seen.kind === "off" && last?.status !== "failed")
    return { id: last?.convergence ?? "not seen yet", confirmed: false };
  return { id: `to a Pi without a credential, seen ${now}`, confirmed: false };
}
