import { nix } from "../nix/nix.js";
import { UserError } from "../shared/user-error.js";
import { flakeRef } from "./flake-ref.js";
import { type Evaluation, readEvaluation, readEvaluations } from "./toplevel.js";

/** A flake of the user's own and which of its nixosConfigurations a Pi is. */
export interface ForeignFlake {
  readonly ref: string;
  readonly attr: string;
}

/**
 * Evaluates Pis whose systems are in other flakes, which stay as they are. Runs one `nix eval` for each flake, all at
 * once.
 */
export async function evaluateForeign(
  pis: Readonly<Record<string, ForeignFlake>>,
): Promise<Record<string, Evaluation>> {
  const refs = new Set(Object.values(pis).map(({ ref }) => ref));
  const evaluations = await Promise.all(
    [...refs].map((ref) =>
      evaluateOrFail(ref, Object.fromEntries(Object.entries(pis).filter(([, pi]) => pi.ref === ref))),
    ),
  );
  return Object.assign({}, ...evaluations) as Record<string, Evaluation>;
}

/** The Pis of a flake that can't be read fail, and those of other flakes don't. */
async function evaluateOrFail(
  ref: string,
  pis: Record<string, ForeignFlake>,
): Promise<Record<string, Evaluation>> {
  return evaluateFlake(ref, pis).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    const failed = { kind: "failed", message: error.message } as const;
    return Object.fromEntries(Object.keys(pis).map((name) => [name, failed]));
  });
}

async function evaluateFlake(
  ref: string,
  pis: Record<string, ForeignFlake>,
): Promise<Record<string, Evaluation>> {
  const names = Object.keys(pis);
  const attrs = Object.fromEntries(names.map((name) => [name, pis[name]!.attr]));
  const result = await nix([
    "eval",
    "--json",
    "--no-write-lock-file",
    `${await flakeRef(ref)}#nixosConfigurations`,
    "--apply",
    // Names and attributes are letters, digits, dots, _ and -, so this JSON is a Nix string too.
    `configurations: builtins.mapAttrs (_: attr: let
      inherit (configurations.\${attr}.config.system.build) toplevel;
    in { inherit (toplevel) drvPath system; toplevel = toplevel.outPath; })
    (builtins.fromJSON ${JSON.stringify(JSON.stringify(attrs))})`,
  ]);
  if (result.exitCode === 0) return readEvaluations(result.stdout);
  if (names.length === 1) return { [names[0]!]: readEvaluation(result) };
  // Asking for each alone shows which of them fails.
  const each = await Promise.all(names.map((name) => evaluateFlake(ref, { [name]: pis[name]! })));
  return Object.assign({}, ...each) as Record<string, Evaluation>;
}
