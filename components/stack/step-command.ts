import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { stepVariables, type StepInputs, type StepVariable } from "../protocol/step-inputs.js";
import { encodeStepSecrets, type StepSecrets } from "../protocol/step-secrets.js";

export interface StepArgs<K extends StepVariable> {
  /** The step for create and update, with its flags. */
  readonly run: string;
  /** The step for delete. It runs with the inputs and secrets that the state has. */
  readonly remove?: string;
  /** What the step is told, a variable of its environment each. */
  readonly inputs: { readonly [P in K]: pulumi.Input<StepInputs<K>[P]> };
  readonly secrets?: pulumi.Input<StepSecrets>;
}

/**
 * One step as a `local.Command`. Two checkouts of one commit plan the same, since no input depends on the machine: Node
 * finds the code by this package's name, from the project's directory.
 */
export function stepCommand<K extends StepVariable>(
  name: string,
  { run, remove, inputs, secrets }: StepArgs<K>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const stdin = secrets && pulumi.secret(pulumi.output(secrets).apply(encodeStepSecrets));
  return new command.local.Command(
    name,
    {
      create: invocation(run),
      ...(remove ? { delete: invocation(remove) } : {}),
      environment: environmentOf(inputs),
      ...(stdin ? { stdin } : {}),
      // stdout is the outcome and stderr is progress. Neither ever has a secret in it.
      logging: "stderr",
    },
    opts,
  );
}

/**
 * A Command that this run leaves as it is in the state. When the state does not have it after all, it is made without a
 * step, and the first run that does not leave it out updates it.
 */
export function leftOutCommand(name: string, opts: pulumi.CustomResourceOptions): command.local.Command {
  const ignoreChanges = ["create", "delete", "environment", "stdin", "logging"];
  return new command.local.Command(name, { create: "exit 0" }, { ...opts, ignoreChanges });
}

function environmentOf(
  inputs: Readonly<Record<string, pulumi.Input<unknown>>>,
): Record<string, pulumi.Input<string>> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const [variable, codec] = stepVariables[name as StepVariable];
      const encode = codec.encode as (value: unknown) => string;
      return [variable, (pulumi.output(value) as pulumi.Output<unknown>).apply(encode)];
    }),
  );
}

/**
 * The last command makes the shell wait for the step, as its parent. A cancelled run kills only the shell, and the step
 * ends when its parent is gone (steps/end-with-parent.ts).
 */
function invocation(step: string): string {
  return `node --input-type=module -e 'import "pi-fleet/step"' ${step}; exit $?`;
}
