import type { FleetConfig } from "../config/fleet-config.js";
import { canonicalJson } from "../shared/canonical-json.js";
import { mapValues } from "../shared/maps.js";
import { UserError } from "../shared/user-error.js";
import { allFail, askProject } from "./ask-project.js";
import { type FleetHost, fleetJson, foreignFlakes, hostsOfProject } from "./fleet-json.js";
import { evaluateForeign, foreignImages } from "./foreign-flake.js";
import { type ImageEvaluation, readImageEvaluation, readImageEvaluations } from "./image.js";

/** A host whose card is to have the provisioning image of its board. */
interface ProvisionedHost {
  readonly board: unknown;
  readonly provisioning: true;
}

/**
 * Evaluates the provisioning image of each of these Pis' boards, in one `nix eval` of the flake's `imagePlan`. Pis of one
 * board have the same.
 */
export async function evaluateProvisioning(
  hosts: Record<string, FleetHost>,
  config: FleetConfig["nix"],
): Promise<Record<string, ImageEvaluation>> {
  const told = mapValues(hosts, ({ board }): ProvisionedHost => ({ board, provisioning: true }));
  return orAllFail(hosts, () => askImages(canonicalJson({ hosts: told }), Object.keys(hosts), config));
}

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
  return orAllFail(hosts, async () => {
    const names = Object.keys(hostsOfProject(hosts));
    const [ours, theirs] = await Promise.all([
      askImages(fleetJson(hosts, stack), names, config),
      evaluateForeign(foreignFlakes(hosts), foreignImages),
    ]);
    return { ...ours, ...theirs };
  });
}

function askImages(json: string, names: readonly string[], config: FleetConfig["nix"]) {
  const readers = { readAll: readImageEvaluations, readOne: readImageEvaluation };
  return askProject<ImageEvaluation>({ attribute: "imagePlan", json, names, config, ...readers });
}

/** An error thrown inside an apply would reach the user as an unhandled exception. */
async function orAllFail(
  hosts: Record<string, FleetHost>,
  evaluate: () => Promise<Record<string, ImageEvaluation>>,
): Promise<Record<string, ImageEvaluation>> {
  return evaluate().catch((error: unknown) => {
    if (error instanceof UserError) return allFail(Object.keys(hosts), error.message);
    throw error;
  });
}
