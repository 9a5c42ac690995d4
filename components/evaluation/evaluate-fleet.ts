import { createHash } from "node:crypto";
import type { FleetConfig } from "../config/fleet-config.js";
import { canonicalJson } from "../shared/canonical-json.js";
import { UserError } from "../shared/user-error.js";
import { allFail, askProject } from "./ask-project.js";
import { type FleetHost, fleetJson, foreignFlakes, hostsOfProject } from "./fleet-json.js";
import { evaluateForeign, foreignToplevels } from "./foreign-flake.js";
import { type Evaluation, readEvaluation, readEvaluations } from "./toplevel.js";

const running = new Map<string, Promise<Record<string, Evaluation>>>();

/**
 * Evaluates every Pi in one `nix eval` of the flake's `fleetPlan`. The answer for a fleet is kept for the life of this
 * process.
 *
 * When the evaluation of one Pi fails, that Pi gets a `failed` evaluation and the others get theirs. A failure that all
 * share is told in full for the first of them only.
 */
export function evaluateFleet(
  hosts: Record<string, FleetHost>,
  config: FleetConfig["nix"],
): Promise<Record<string, Evaluation>> {
  const json = fleetJson(hosts);
  const key = createHash("sha256")
    .update(canonicalJson([json, hosts, config]))
    .digest("hex");
  const earlier = running.get(key);
  if (earlier) return earlier;
  const names = Object.keys(hostsOfProject(hosts));
  const readers = { readAll: readEvaluations, readOne: readEvaluation };
  const evaluation = Promise.all([
    askProject<Evaluation>({ attribute: "fleetPlan", json, names, config, ...readers }),
    evaluateForeign(foreignFlakes(hosts), foreignToplevels),
  ])
    .then(([ours, theirs]) => ({ ...ours, ...theirs }))
    .catch((error: unknown) => {
      // An error thrown inside an apply would reach the user as an unhandled exception.
      if (error instanceof UserError) return allFail(Object.keys(hosts), error.message);
      throw error;
    });
  running.set(key, evaluation);
  return evaluation;
}
