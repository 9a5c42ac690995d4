import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { hostAddress, type HostConfig } from "../config/host.js";
import { outcomeAfterRun } from "../convergence/outcome-after-run.js";
import type { PiConvergence } from "../convergence/pi-convergence.js";
import type { Outcome } from "../protocol/outcome.js";
import type { SecretDelivery } from "../protocol/secret-delivery.js";
import { deliveryOf } from "../secrets/delivery.js";
import { secretNames } from "../secrets/secret-files.js";
import type { Target } from "../ssh/target.js";
import { withFormerLogins } from "./former-logins.js";
import { lastOutcome, lastTarget } from "./last-run.js";

/** The secrets that a Pi refers to, and no others. Secret. */
export function secretDelivery(
  host: HostConfig,
  secrets: Readonly<Record<string, pulumi.Input<string>>>,
  deployKey: pulumi.Output<string>,
): pulumi.Output<SecretDelivery> {
  const names = secretNames(host, Object.keys(secrets));
  const values = pulumi.all(Object.fromEntries(names.map((name) => [name, secrets[name]!])));
  return pulumi.secret(pulumi.all([values, deployKey]).apply(([known, key]) => deliveryOf(host, known, key)));
}

/** The marks of the secrets. They tell nothing without the deploy key, so a plan may show them. */
export function secretIdsOf(delivery: pulumi.Output<SecretDelivery>): pulumi.Output<SecretDelivery["ids"]> {
  return pulumi.unsecret(delivery.apply(({ ids }) => ids));
}

/** Where ssh reaches a Pi, and which host key it must show. A Pi that a run leaves out keeps its login. */
export function targetOf(
  name: string,
  host: HostConfig,
  hostKey: pulumi.Output<string | undefined>,
  leftOut: boolean,
): pulumi.Output<Target> {
  const { user, port } = host;
  const wanted = { name, address: hostAddress(name, host), user, port };
  return pulumi
    .all([hostKey, lastTarget(name), lastOutcome("pis", name)])
    .apply(([pinned, last, outcome]) =>
      leftOut && last ? last : withFormerLogins({ ...wanted, hostKey: pinned }, last, outcome),
    );
}

/** How a Pi stands after this run. It is no secret, though the stdin of its Command is. */
export function piOutcome(
  name: string,
  convergence: pulumi.Output<PiConvergence>,
  activation: command.local.Command,
): pulumi.Output<Outcome> {
  const outcome = pulumi
    .all([convergence, activation.stdout, activation.environment])
    .apply(([known, stdout, ran]) => {
      const seen = known.toplevel ? { old: known.toplevel, new: known.toplevel } : {};
      return outcomeAfterRun(name, stdout, known, ran?.["CONVERGENCE"], seen);
    });
  return pulumi.unsecret(outcome);
}
