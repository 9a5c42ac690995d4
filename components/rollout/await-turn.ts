import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { PiConvergence } from "../convergence/pi-convergence.js";
import type { Evaluation } from "../evaluation/toplevel.js";
import type { ActivationFault } from "../protocol/activation-fault.js";
import { buildFault } from "./announce-work.js";
import type { Rollout } from "./rollout.js";

export interface WaitingPi {
  readonly name: string;
  readonly evaluation: pulumi.Output<Evaluation>;
  readonly convergence: pulumi.Output<PiConvergence>;
  readonly build: Pick<command.local.Command, "stdout">;
  /** Resolves when the rollout knows the Pi's work. */
  readonly announced: Promise<void>;
}

/**
 * Waits until it is the Pi's turn, and gives the reason when its activation may not begin. A preview waits for nothing: it
 * says what happens when nothing goes wrong after the evaluation.
 */
export function awaitTurn(rollout: Rollout, pi: WaitingPi): pulumi.Output<ActivationFault | undefined> {
  const evaluationFault = pi.evaluation.apply((evaluation): ActivationFault | undefined =>
    evaluation.kind === "failed" ? { kind: "evaluation", message: evaluation.message } : undefined,
  );
  if (pulumi.runtime.isDryRun()) return evaluationFault;
  return pulumi
    .all([evaluationFault, pi.build.stdout, pi.convergence])
    .apply(async ([fault, stdout, { confirmed }]): Promise<ActivationFault | undefined> => {
      await pi.announced;
      if (fault || confirmed) return fault;
      const message = buildFault(pi.name, stdout);
      return message ? { kind: "build", message } : rollout.turn(pi.name);
    });
}
