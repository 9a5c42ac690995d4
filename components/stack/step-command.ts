import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { StepSecrets } from "../protocol/step-secrets.js";

export interface StepArgs {
  /** The step for create and update, with its flags. */
  readonly run: string;
  /** The step for delete; it runs with the environment and stdin of the state. */
  readonly remove?: string;
  readonly environment: Record<string, pulumi.Input<string>>;
  readonly secrets?: pulumi.Input<StepSecrets>;
  /** Leaves the Command as it is in the state, whatever it would be now. */
  readonly leftOut?: boolean;
}

const inputs = ["create", "delete", "environment", "stdin", "logging"];

/**
 * One step as a `local.Command`. Its inputs are machine-independent, so two checkouts of one commit plan the same: the
 * code is found by this package's name, from the project's directory, and is no part of the inputs.
 */
export function stepCommand(
  name: string,
  args: StepArgs,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  if (args.leftOut)
    // One that the state does not have after all is made of nothing, and updated when it is not left out.
    return new command.local.Command(name, { create: "exit 0" }, { ...opts, ignoreChanges: inputs });
  return new command.local.Command(
    name,
    {
      create: invocation(args.run),
      ...(args.remove ? { delete: invocation(args.remove) } : {}),
      environment: args.environment,
      ...(args.secrets
        ? { stdin: pulumi.secret(pulumi.output(args.secrets).apply((secrets) => JSON.stringify(secrets))) }
        : {}),
      // stdout is the outcome; progress is on stderr. Neither ever has a secret in it.
      logging: "stderr",
    },
    opts,
  );
}

/** What follows makes the shell stay as the parent: a cancelled run kills only the shell, and the step sees that. */
function invocation(step: string): string {
  return `node --input-type=module -e 'import "pi-fleet/step"' ${step}; exit $?`;
}
