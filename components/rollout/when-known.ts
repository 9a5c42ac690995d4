import type * as pulumi from "@pulumi/pulumi";

/**
 * An output's value, or `undefined` when this run can't know it. A preview does not know the outputs of what is still
 * to be made. An `up` does not know those that its --target leaves out. An `apply` would not run then. `isKnown` is
 * public at run time only: pulumi/pulumi, sdk/nodejs/output.ts.
 */
export async function whenKnown<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise<T>((resolve) => void output.apply(resolve)) : undefined;
}
