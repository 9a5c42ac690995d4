import * as pulumi from "@pulumi/pulumi";
import type { RolloutArgs } from "./rollout.js";

/**
 * Tells a person through the engine, one message a line: while it works, the engine shows only the first line of a
 * message.
 */
export function sayFor(resource: pulumi.Resource): RolloutArgs["say"] {
  return (lines, passing) =>
    Promise.all(lines.map((line) => pulumi.log.info(line, resource, undefined, passing !== undefined)));
}
