import * as pulumi from "@pulumi/pulumi";
import { type RolloutArgs } from "./rollout.js";

/** Tells a person by the engine, which shows of a message of several lines only the first while it works. */
export function sayFor(resource: pulumi.Resource): RolloutArgs["say"] {
  return (lines, passing) =>
    Promise.all(lines.map((line) => pulumi.log.info(line, resource, undefined, passing !== undefined)));
}
