import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { FleetConfig, HostConfig } from "./config.js";
import { UserError } from "./faults.js";
import { evaluateForeign, type ForeignFlake } from "./foreign-flake.js";
import { nix, nixError, noNix } from "./nix.js";
import { absoluteRef, planOf, plansOf, type PiPlan, type Planned } from "./plan.js";
import { rootScripts } from "./package-root.js";
import { runnersForNix, type RunnerForNix } from "./runner.js";
import { networkForNix, systemForNix } from "./system.js";

/** What the flake is told of one Pi: no secret, nothing unknown, nothing made per Pi. */
export interface FleetHost {
  readonly board: string;
  /** The system that it is cross-compiled on, if it is. */
  readonly crossFrom?: string;
  readonly modules: readonly string[];
  readonly user: string;
  readonly authorizedKeys: readonly string[];
  readonly profiles: readonly string[];
  readonly network: Record<string, unknown>;
  readonly fleet: Record<string, unknown>;
  readonly runners: readonly RunnerForNix[];
  readonly settings: HostConfig["settings"];
  /** A flake that says all of it instead. */
  readonly flake?: ForeignFlake;
}

export type { PiPlan } from "./plan.js";

/**
 * The config as the flake reads it from fleet.json.
 * @param signingKey the public key that signs this host's systems, if one does
 */
export function fleetHost(
  name: string,
  host: HostConfig,
  authorizedKeys: readonly string[],
  signingKey?: string,
): FleetHost {
  return {
    board: host.board,
    ...(host.crossFrom ? { crossFrom: host.crossFrom } : {}),
    modules: host.modules,
    user: host.user,
    authorizedKeys,
    profiles: host.profiles,
    network: networkForNix(host.network),
    fleet: { ...systemForNix(host), signingKey },
    runners: runnersForNix(name, host),
    settings: host.settings,
    ...(host.flake ? { flake: { ref: host.flake.ref, attr: host.flake.attr ?? name } } : {}),
  };
}

/**
 * Says why nothing can be evaluated here at all, before anything is touched; `undefined` when it can: there is `nix`,
 * and the flake and its lock for the hosts that have their system from it.
 */
export function evaluationFault(hosts: FleetConfig["hosts"], config: FleetConfig["nix"]): string | undefined {
  if (spawnSync("nix", ["--version"]).error) return noNix;
  if (Object.values(hosts).every(({ flake }) => flake)) return undefined;
  const flake = resolve(config.flake);
  if (!existsSync(join(flake, "flake.nix"))) {
    return `pi-fleet:nix.flake: there is no flake.nix in ${config.flake}, looked for at ${flake}.`;
  }
  if ("nixpkgs" in config.overrideInputs || existsSync(join(flake, "flake.lock"))) return undefined;
  return (
    `${config.flake}/flake.lock is missing, so every run would take another nixpkgs. Run this once and commit the file:\n` +
    `  nix --extra-experimental-features 'nix-command flakes' flake lock ./${config.flake}`
  );
}

const running = new Map<string, Promise<Record<string, PiPlan>>>();

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
): Promise<Record<string, PiPlan>> {
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

/** The text of fleet.json: the hosts whose systems are in nix/, and the scripts that some of them bring along. */
export function fleetJson(hosts: Record<string, FleetHost>): string {
  const own = ownHosts(hosts);
  const installed = Object.values(own).some(({ fleet }) => fleet["signingKey"]);
  return canonicalJson({ hosts: own, ...(installed ? { onPi: rootScripts() } : {}) });
}

function ownHosts(hosts: Record<string, FleetHost>): Record<string, FleetHost> {
  return Object.fromEntries(Object.entries(hosts).filter(([, host]) => !host.flake));
}

async function evaluate(
  json: string,
  names: string[],
  config: FleetConfig["nix"],
): Promise<Record<string, PiPlan>> {
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
    if (all.exitCode === 0) return plansOf(JSON.parse(all.stdout) as Record<string, Planned>);
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
): Promise<Record<string, PiPlan>> {
  const plans: Record<string, PiPlan> = {};
  for (const name of names) {
    const one = await nix(evalArgs(`fleetPlan.${name}`));
    plans[name] =
      one.exitCode === 0
        ? planOf(JSON.parse(one.stdout) as Planned)
        : { kind: "failed", message: nixError(one.stderr) };
  }
  const messages = new Set(
    Object.values(plans).map((plan) => (plan.kind === "failed" ? plan.message : undefined)),
  );
  const [message] = messages;
  return messages.size === 1 && message ? allFail(names, message) : plans;
}

/** The fault of all, told once. */
function allFail(names: string[], message: string): Record<string, PiPlan> {
  const [first = "", ...others] = names;
  const same = `as for ${first}`;
  return Object.fromEntries([
    [first, { kind: "failed", message }] as const,
    ...others.map((name) => [name, { kind: "failed", message: same }] as const),
  ]);
}

/** JSON with sorted keys: the same fleet gives the same text, so the same derivations. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
