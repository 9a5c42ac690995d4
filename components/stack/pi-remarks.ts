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
import { RunRemarks, type Topic } from "./remarks.js";

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
  const { name, host } = pi;
  const remark = (topic: Topic, text: string | undefined) => remarks.on(topic).take(name, text, resource);
  void whenKnown(pi.convergence).then((known) => {
    remark("seen", known?.remark);
    remark("fault", known?.fault);
    remark("note", known?.note);
  });
  remark("placedByHand", placedByHandRemark(host, pi.secretNames));
  void whenKnown(pi.observation).then((seen) => {
    remark("noise", seen && noiseWarning(name, seen));
    const isRestricted = seen?.kind === "seen" && seen.status.restricted && !isSigned(host);
    remark("restricted", isRestricted ? restrictedAdvice(name, host) : undefined);
  });
  if (pulumi.runtime.isDryRun()) {
    void whenKnown(pulumi.all([pi.observation, pi.secretIds])).then((known) => {
      const [seen, ids] = known ?? [];
      const changes = seen?.kind === "seen" && ids ? secretChanges(ids, seen.status.secrets) : [];
      remark("secrets", changes.length > 0 ? `secrets: ${changes.join(", ")}` : undefined);
    });
  } else {
    void whenKnown(pi.outcome).then((ended) =>
      remark("flash", ended?.status === "awaiting flash" ? flashAdvice(name, host) : undefined),
    );
  }
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
