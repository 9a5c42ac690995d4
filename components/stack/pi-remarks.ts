import * as pulumi from "@pulumi/pulumi";
import { hostAddress, type HostConfig } from "../config/host.js";
import { noImage } from "../config/images.js";
import { isSigned } from "../config/only-activation.js";
import type { PiConvergence } from "../convergence/pi-convergence.js";
import { noiseWarning } from "../on-pi/noise-warning.js";
import type { Observation } from "../on-pi/observe.js";
import type { Outcome } from "../protocol/outcome.js";
import { whenKnown } from "../rollout/when-known.js";
import type { SecretDelivery } from "../protocol/secret-delivery.js";
import { secretChanges } from "../secrets/secret-changes.js";
import { placedByHandRemark } from "../secrets/placed-by-hand.js";
import { RunRemarks } from "./remarks.js";

export interface RemarkedPi {
  readonly name: string;
  readonly host: HostConfig;
  readonly observation: pulumi.Output<Observation>;
  readonly convergence: pulumi.Output<PiConvergence>;
  readonly outcome: pulumi.Output<Outcome>;
  /** The marks of the secrets that the Pi should have. */
  readonly secretIds: pulumi.Output<SecretDelivery["ids"]>;
  /** The names of the stack's secrets. */
  readonly secretNames: readonly string[];
}

/**
 * Says what a person should know of a Pi besides the difference that the plan shows.
 * @param remarks those of the run, if it has more Pis
 */
export function sayRemarks(
  pi: RemarkedPi,
  resource: pulumi.Resource,
  remarks = new RunRemarks([pi.name], resource),
): void {
  const { name, host, observation, convergence } = pi;
  void whenKnown(convergence).then((known) => remarks.seen.take(name, known?.remark, resource));
  convergence.apply(({ fault }) => fault && sayFault(fault, resource));
  convergence.apply(({ note }) => note && pulumi.log.info(note, resource));
  const expected = placedByHandRemark(host, pi.secretNames);
  if (expected) void pulumi.log.info(expected, resource);
  observation.apply((seen) => {
    const noise = noiseWarning(name, seen);
    return noise ? pulumi.log.warn(noise, resource) : undefined;
  });
  observation.apply((seen) => {
    const isRestricted = seen.kind === "seen" && seen.status.restricted;
    return isRestricted && !isSigned(host)
      ? pulumi.log.warn(restrictedAdvice(name, host), resource)
      : undefined;
  });
  if (pulumi.runtime.isDryRun()) {
    pulumi.all([observation, pi.secretIds]).apply(async ([seen, ids]) => {
      const changes = seen.kind === "seen" ? secretChanges(ids, seen.status.secrets) : [];
      if (changes.length > 0) await pulumi.log.info(`secrets: ${changes.join(", ")}`, resource);
    });
  } else {
    void whenKnown(pi.outcome).then((ended) =>
      remarks.flash.take(
        name,
        ended?.status === "awaiting flash" ? flashAdvice(name, host) : undefined,
        resource,
      ),
    );
  }
}

/** In an `up` the Pi's Command tries all the same, and the verdict repeats why it failed. */
function sayFault(fault: string, resource: pulumi.Resource): Promise<void> {
  return pulumi.runtime.isDryRun() ? pulumi.log.error(fault, resource) : pulumi.log.warn(fault, resource);
}

function restrictedAdvice(name: string, { user }: HostConfig): string {
  return (
    `${name} takes only systems that the fleet's key signed, and config asks for no signature any more. To give ` +
    `\`${user}\` all of sudo again, set hosts.${name}.sudo.onlyActivation: false for one \`pulumi up\`.`
  );
}

function flashAdvice(name: string, host: HostConfig): string {
  const how = noImage(host)
    ? "Install NixOS on it, and give it the host key of the output `firstBoot`"
    : `Write its card and boot it: npm run pi -- flash ${name}`;
  const silence = `${name} is awaiting flash: nothing answers at ${hostAddress(name, host)} yet`;
  return `${silence}. ${how}. The next \`pulumi up\` converges it.`;
}
