import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FleetConfig } from "../config/fleet-config.js";
import { nix, type NixResult } from "../nix/nix.js";
import { resolveLocal } from "../shared/local-path.js";
import { withTemporaryFolder } from "../shared/temporary-folder.js";
import { flakeRef } from "./flake-ref.js";

/** What a flake said, or why that failed, for one Pi. */
export interface Failed {
  readonly kind: "failed";
  readonly message: string;
}

export interface ProjectQuestion<T> {
  /** An output of the flake that has an answer for each Pi of fleet.json. */
  readonly attribute: "fleetPlan" | "imagePlan";
  /** The text of fleet.json. */
  readonly json: string;
  readonly names: readonly string[];
  readonly config: FleetConfig["nix"];
  /** Reads the answers for all Pis. */
  readonly readAll: (stdout: string) => Record<string, T>;
  /** Reads the answer for one Pi, or why there is none. */
  readonly readOne: (result: NixResult) => T | Failed;
}

/** Asks the project's flake in one `nix eval` for all Pis, and for each alone only when that fails. */
export async function askProject<T>({
  attribute,
  json,
  names,
  config,
  readAll,
  readOne,
}: ProjectQuestion<T>): Promise<Record<string, T | Failed>> {
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

    const all = await ask(attribute);
    if (all.exitCode === 0) return readAll(all.stdout);
    if (names.length === 1) return { [names[0]!]: readOne(all) };
    return await askOneByOne(names, async (name) => readOne(await ask(`${attribute}.${name}`)));
  });
}

/** Finds out which Pis fail, after the evaluation of all together has failed. */
async function askOneByOne<T>(
  names: readonly string[],
  ask: (name: string) => Promise<T | Failed>,
): Promise<Record<string, T | Failed>> {
  const answers: Record<string, T | Failed> = {};
  for (const name of names) answers[name] = await ask(name);
  const messages = new Set(Object.values(answers).map((one) => (isFailed(one) ? one.message : undefined)));
  const [message] = messages;
  return messages.size === 1 && message ? allFail(names, message) : answers;
}

/** The same failure for all, told in full once. */
export function allFail(names: readonly string[], message: string): Record<string, Failed> {
  const [first = "", ...others] = names;
  const same = `as for ${first}`;
  return Object.fromEntries([
    [first, { kind: "failed", message }] as const,
    ...others.map((name) => [name, { kind: "failed", message: same }] as const),
  ]);
}

function isFailed(answer: unknown): answer is Failed {
  return (answer as Partial<Failed>).kind === "failed";
}
