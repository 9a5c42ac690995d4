import type { FleetConfig } from "../config/fleet-config.js";
import { UserError } from "../shared/user-error.js";
import { allFail, askProject } from "./ask-project.js";
import { type FleetHost, fleetJson, foreignFlakes, hostsOfProject } from "./fleet-json.js";
import { evaluateForeign, foreignImages } from "./foreign-flake.js";
import { type ImageEvaluation, readImageEvaluation, readImageEvaluations } from "./image.js";

/**
 * Evaluates the images of these Pis' cards, in one `nix eval` of the flake's `imagePlan`. It is an evaluation of its own,
 * so that a fleet whose images nobody asks for is evaluated without them.
 * @param stack the name of the stack, which an image has in it
 */
export async function evaluateImages(
  hosts: Record<string, FleetHost>,
  config: FleetConfig["nix"],
  stack: string,
): Promise<Record<string, ImageEvaluation>> {
  const json = fleetJson(hosts, stack);
  const names = Object.keys(hostsOfProject(hosts));
  const readers = { readAll: readImageEvaluations, readOne: readImageEvaluation };
  try {
    const [ours, theirs] = await Promise.all([
      askProject<ImageEvaluation>({ attribute: "imagePlan", json, names, config, ...readers }),
      evaluateForeign(foreignFlakes(hosts), foreignImages),
    ]);
    return { ...ours, ...theirs };
  } catch (error) {
    // An error thrown inside an apply would reach the user as an unhandled exception.
    if (error instanceof UserError) return allFail(Object.keys(hosts), error.message);
    throw error;
  }
}
