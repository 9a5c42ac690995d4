import * as pulumi from "@pulumi/pulumi";
import type { Outcome } from "./outcome.js";

const references = new Map<string, pulumi.StackReference>();

/**
 * How something stood after the last run that ended: from this stack's own outputs `pis` and `runners`. A Command's
 * state can't be read by its program, and a Pi that is off can't be asked; so a program that uses `Pi` without `Fleet`
 * exports these two itself, or every Pi that is off shows as a difference.
 */
export function previousOutcome(output: "pis" | "runners", name: string): pulumi.Output<Outcome | undefined> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const reference = references.get(stack) ?? new pulumi.StackReference("last-run", { name: stack });
  references.set(stack, reference);
  const outcomes = pulumi.unsecret(reference.getOutput(output)) as pulumi.Output<Record<string, Outcome> | undefined>;
  return outcomes.apply((all) => all?.[name]);
}
