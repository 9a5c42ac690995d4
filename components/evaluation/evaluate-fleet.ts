import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { FleetConfig } from "../config/fleet-config.js";
import { UserError } from "../shared/user-error.js";
import { evaluateForeign } from "./foreign-flake.js";
import { nix } from "../nix/nix.js";
import { nixError } from "../nix/nix-error.js";
import {
  absoluteRef,
  evaluationOf,
  evaluationsOf,
  type Evaluation,
  type PlannedToplevel,
} from "./toplevel.js";
import { canonicalJson } from "../shared/canonical-json.js";
import { type FleetHost, fleetJson, ownHosts } from "./fleet-json.js";

export type { Evaluation } from "./toplevel.js";

const running = new Map<string, Promise<Record<string, Evaluation>>>();

/**
 * Evaluates every Pi in one `nix eval` of the flake's `fleetPlan`. Asked again for the same fleet in this process, it
 * gives the same answer without evaluating again.
 *
 * A Pi whose own part fails gets a `failed` plan and the others theirs.
 * A fault that all share is told by the first.
 */
export function evaluateFleet(
  hosts: Record<string, FleetHost>,
  config: FleetConfig["nix"],
): Promise<Record<string, Evaluation>> {
  const json = fleetJson(hosts);
  const key = createHash("sha256")
    .update(canonicalJson([json, hosts, config]))
    .digest("hex");
  const known = running.get(key);
  if (known) return known;
  const own = ownHosts(hosts);
  const foreign = Object.entries(hosts).flatMap(([name, { flake }]) =>
    flake ? [[name, flake] as const] : [],
  );
  const evaluation = Promise.all([
    evaluate(json, Object.keys(own), config),
    evaluateForeign(Object.fromEntries(foreign)),
  ])
    .then(([ours, theirs]) => ({ ...ours, ...theirs }))
    .catch((error: unknown) => {
      // Thrown inside an apply it would reach the user as an unhandled exception.
      if (error instanceof UserError) return allFail(Object.keys(hosts), error.message);
      throw error;
    });
  running.set(key, evaluation);
  return evaluation;
}

async function evaluate(
  json: string,
  names: string[],
  config: FleetConfig["nix"],
): Promise<Record<string, Evaluation>> {
  if (names.length === 0) return {};
  const flake = resolve(config.flake);
  const dir = await mkdtemp(join(tmpdir(), "pi-fleet-eval-"));
  try {
    await writeFile(join(dir, "fleet.json"), json);
    const inputs = Object.entries({ ...config.overrideInputs, fleet: `path:${dir}` }).flatMap(
      ([name, ref]) => ["--override-input", name, absoluteRef(ref)],
    );
    const evalArgs = (attr: string) => [
      "eval",
      "--json",
      "--no-write-lock-file",
      `path:${flake}#${attr}`,
      ...inputs,
    ];

    const all = await nix(evalArgs("fleetPlan"));
    if (all.exitCode === 0) return evaluationsOf(JSON.parse(all.stdout) as Record<string, PlannedToplevel>);
    if (names.length === 1) return { [names[0]!]: { kind: "failed", message: nixError(all.stderr) } };
    return await evaluateOneByOne(names, evalArgs);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Only after a failure: finds out whose fault it is. */
async function evaluateOneByOne(
  names: string[],
  evalArgs: (attr: string) => string[],
): Promise<Record<string, Evaluation>> {
  const plans: Record<string, Evaluation> = {};
  for (const name of names) {
    const one = await nix(evalArgs(`fleetPlan.${name}`));
    plans[name] =
      one.exitCode === 0
        ? evaluationOf(JSON.parse(one.stdout) as PlannedToplevel)
        : { kind: "failed", message: nixError(one.stderr) };
  }
  const messages = new Set(
    Object.values(plans).map((plan) => (plan.kind === "failed" ? plan.message : undefined)),
  );
  const [message] = messages;
  return messages.size === 1 && message ? allFail(names, message) : plans;
}

/** The fault of all, told once. */
function allFail(names: string[], message: string): Record<string, Evaluation> {
  const [first = "", ...others] = names;
  const same = `as for ${first}`;
  return Object.fromEntries([
    [first, { kind: "failed", message }] as const,
    ...others.map((name) => [name, { kind: "failed", message: same }] as const),
  ]);
}
