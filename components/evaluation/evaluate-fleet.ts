import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FleetConfig } from "../config/fleet-config.js";
import { nix } from "../nix/nix.js";
import { canonicalJson } from "../shared/canonical-json.js";
import { resolveLocal } from "../shared/local-path.js";
import { withTemporaryFolder } from "../shared/temporary-folder.js";
import { UserError } from "../shared/user-error.js";
import { flakeRef } from "./flake-ref.js";
import { type FleetHost, fleetJson, hostsOfProject } from "./fleet-json.js";
import { evaluateForeign } from "./foreign-flake.js";
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
  const foreign = Object.entries(hosts).flatMap(([name, { flake }]) =>
    flake ? [[name, flake] as const] : [],
  );
  const evaluation = Promise.all([
    evaluateProject(json, Object.keys(hostsOfProject(hosts)), config),
    evaluateForeign(Object.fromEntries(foreign)),
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

/** Evaluates the Pis whose systems are in the project's flake. */
async function evaluateProject(
  json: string,
  names: string[],
  config: FleetConfig["nix"],
): Promise<Record<string, Evaluation>> {
  if (names.length === 0) return {};
  const lock = "nixpkgs" in config.overrideInputs ? [] : ["flake.lock"];
  const flake = await flakeRef(resolveLocal(config.flake), ["flake.nix", ...lock]);
  return withTemporaryFolder("pi-fleet-eval-", async (dir) => {
    await writeFile(join(dir, "fleet.json"), json);
    const overrides = Object.entries({ ...config.overrideInputs, fleet: `path:${dir}` }).map(
      async ([name, ref]) => ["--override-input", name, await flakeRef(ref)],
    );
    const inputs = (await Promise.all(overrides)).flat();
    const ask = (attr: string) =>
      nix(["eval", "--json", "--no-write-lock-file", `${flake}#${attr}`, ...inputs]);

    const all = await ask("fleetPlan");
    if (all.exitCode === 0) return readEvaluations(all.stdout);
    if (names.length === 1) return { [names[0]!]: readEvaluation(all) };
    return await evaluateOneByOne(names, async (name) => readEvaluation(await ask(`fleetPlan.${name}`)));
  });
}

/** Finds out which Pis fail, after the evaluation of all together has failed. */
async function evaluateOneByOne(
  names: string[],
  evaluate: (name: string) => Promise<Evaluation>,
): Promise<Record<string, Evaluation>> {
  const evaluations: Record<string, Evaluation> = {};
  for (const name of names) evaluations[name] = await evaluate(name);
  const messages = new Set(
    Object.values(evaluations).map((one) => (one.kind === "failed" ? one.message : undefined)),
  );
  const [message] = messages;
  return messages.size === 1 && message ? allFail(names, message) : evaluations;
}

/** The same failure for all, told in full once. */
function allFail(names: string[], message: string): Record<string, Evaluation> {
  const [first = "", ...others] = names;
  const same = `as for ${first}`;
  return Object.fromEntries([
    [first, { kind: "failed", message }] as const,
    ...others.map((name) => [name, { kind: "failed", message: same }] as const),
  ]);
}
