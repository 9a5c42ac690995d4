import * as pulumi from "@pulumi/pulumi";
import type { Outcome } from "./outcome.js";

const reads = new Map<string, Promise<Record<string, Record<string, Outcome>>>>();

/**
 * How something stood after the last run that ended: from this stack's own outputs `pis` and `runners`, which the engine
 * keeps also when the run failed. A Command's state can't be read by its program, and a Pi that is off can't be asked;
 * so a program that uses `Pi` without `Fleet` exports these two itself, or every Pi that is off shows as a difference.
 */
export function previousOutcome(output: "pis" | "runners", name: string): pulumi.Output<Outcome | undefined> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const read = reads.get(stack) ?? readOutputs(stack);
  reads.set(stack, read);
  return pulumi.output(read).apply((outputs) => outputs[output]?.[name]);
}

/** The invoke behind StackReference. The resource itself would show its own last answer as a difference in each plan. */
async function readOutputs(stack: string): Promise<Record<string, Record<string, Outcome>>> {
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stack })) as {
    outputs?: Record<string, Record<string, Outcome>>;
  };
  return answer.outputs ?? {};
}
