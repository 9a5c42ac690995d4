import * as pulumi from "@pulumi/pulumi";
import { keptImage, type KeptImage } from "../protocol/kept-image.js";
import { outcomeFrom, type Outcome } from "../protocol/outcome.js";
import { target } from "../protocol/target.js";
import { until } from "../shared/until.js";
import type { Target } from "../ssh/target.js";

/** This stack's own outputs, as index.ts exports them. They come from outside, so their form is checked. */
interface StackOutputs {
  readonly pis?: Readonly<Record<string, unknown>>;
  readonly runners?: Readonly<Record<string, unknown>>;
  readonly githubKeys?: Readonly<Record<string, string[]>>;
  readonly access?: { readonly pis?: Readonly<Record<string, { readonly target?: unknown }>> };
  readonly images?: Readonly<Record<string, unknown>>;
}

/** How the last run left each Pi and each runner, by name. */
export interface LastRun {
  readonly pis: Readonly<Record<string, Outcome>>;
  readonly runners: Readonly<Record<string, Outcome>>;
  /** The Pis whose images it kept. */
  readonly images?: readonly string[];
}

const reads = new Map<string, Promise<StackOutputs>>();

/**
 * How a Pi or a runner stood after the last run that ended. The stack's own outputs `pis` and `runners` say it; the
 * engine keeps them also when the run failed. A program can't read the state of its Commands, and a Pi that is off
 * can't be asked. So a program that uses `Pi` without `Fleet` must export these two itself; else every Pi that is off
 * shows as a difference.
 */
export function lastOutcome(output: "pis" | "runners", name: string): pulumi.Output<Outcome | undefined> {
  return pulumi.output(stackOutputs()).apply((outputs) => {
    const last = outputs[output]?.[name];
    return last === undefined ? undefined : outcomeFrom(name, last);
  });
}

/**
 * How the last run logged in to a Pi: the output `access` says it. A program that does not export that finds a Pi whose
 * login changes by its new login alone.
 */
export function lastTarget(name: string): pulumi.Output<Target | undefined> {
  return pulumi
    .output(stackOutputs())
    .apply(({ access }) => target.safeParse(access?.pis?.[name]?.target).data);
}

/** The image of a Pi's card that the last run kept: the output `images` says it. */
export function lastImage(name: string): pulumi.Output<KeptImage | undefined> {
  return pulumi.output(stackOutputs()).apply(({ images }) => keptImage.safeParse(images?.[name]).data);
}

/** The keys that the last run took from GitHub, by user: the output `githubKeys`. */
export async function lastGitHubKeys(): Promise<Readonly<Record<string, string[]>>> {
  return (await stackOutputs()).githubKeys ?? {};
}

/** The Pis and runners of this stack after the last run that ended. */
export async function previousRun(): Promise<LastRun> {
  const { pis, runners, images } = await stackOutputs();
  return { pis: outcomesIn(pis), runners: outcomesIn(runners), images: Object.keys(images ?? {}) };
}

function outcomesIn(outputs: StackOutputs["pis"] = {}): Record<string, Outcome> {
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, outcomeFrom(name, value)]));
}

function stackOutputs(): Promise<StackOutputs> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const read = reads.get(stack) ?? readOutputs(stack);
  reads.set(stack, read);
  return read;
}

/**
 * Calls the invoke behind StackReference. The resource itself would show its own last answer as a difference in each plan.
 */
async function readOutputs(stack: string): Promise<StackOutputs> {
  let failure: unknown;
  const read = async (): Promise<StackOutputs | undefined> => {
    try {
      const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stack });
      return (answer as { outputs?: StackOutputs }).outputs ?? {};
    } catch (error) {
      // With a file backend, the engine may be writing the state now.
      if (!String(error).includes("failed to load checkpoint")) throw error;
      failure = error;
      return undefined;
    }
  };
  const outputs = await until(read, { limitSeconds: 5, everySeconds: 0.1 });
  if (!outputs) throw failure;
  return outputs;
}
