import type * as pulumi from "@pulumi/pulumi";
import type { Observation } from "../on-pi/observe.js";
import type { Machines } from "./machines.js";
import { whenKnown } from "./when-known.js";

/** A Pi's observation, once it is clear that no other Pi of the run is the same machine. Nothing begins before that. */
export function onceDistinct(
  machines: Machines,
  pi: string,
  observation: pulumi.Output<Observation>,
): pulumi.Output<Observation> {
  void whenKnown(observation).then((seen) => machines.tell(pi, seen));
  return observation.apply(async (seen) => {
    await machines.distinct;
    return seen;
  });
}
