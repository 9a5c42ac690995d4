import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { Outcome } from "../protocol/outcome.js";

interface Outputs {
  readonly pis?: Record<string, Outcome>;
  readonly runners?: Record<string, Outcome>;
  readonly githubKeys?: Record<string, string[]>;
}

/** How the last run left each Pi and each runner, by name. */
export interface LastRun {
  readonly pis: Readonly<Record<string, Outcome>>;
  readonly runners: Readonly<Record<string, Outcome>>;
}

const reads = new Map<string, Promise<Outputs>>();

/**
 * How something stood after the last run that ended: from this stack's own outputs `pis` and `runners`, which the engine
 * keeps also when the run failed. A Command's state can't be read by its program, and a Pi that is off can't be asked;
 * so a program that uses `Pi` without `Fleet` exports these two itself, or every Pi that is off shows as a difference.
 */
export function lastOutcome(output: "pis" | "runners", name: string): pulumi.Output<Outcome | undefined> {
  return pulumi.output(previousOutputs()).apply((outputs) => outputs[output]?.[name]);
}

/** The keys that the last run took from GitHub, by user: output `githubKeys`. */
export async function lastGitHubKeys(): Promise<Record<string, string[]>> {
  return (await previousOutputs()).githubKeys ?? {};
}

/** The Pis and runners of this stack after the last run that ended. */
export async function previousRun(): Promise<LastRun> {
  const { pis = {}, runners = {} } = await previousOutputs();
  return { pis, runners };
}

function previousOutputs(): Promise<Outputs> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const read = reads.get(stack) ?? readOutputs(stack);
  reads.set(stack, read);
  return read;
}

/** The invoke behind StackReference. The resource itself would show its own last answer as a difference in each plan. */
async function readOutputs(stack: string): Promise<Outputs> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stack })) as {
        outputs?: Outputs;
      };
      return answer.outputs ?? {};
    } catch (error) {
      // A backend of files may be read while the engine is writing the state.
      if (attempt === 20 || !String(error).includes("failed to load checkpoint")) throw error;
      await delay(100);
    }
  }
}
