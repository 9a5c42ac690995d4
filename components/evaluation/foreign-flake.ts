import { nix } from "../nix/nix.js";
import { type Evaluation, readEvaluation, readEvaluations } from "./toplevel.js";
import { absoluteRef } from "./absolute-ref.js";

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
      evaluateFlake(ref, Object.fromEntries(Object.entries(pis).filter(([, pi]) => pi.ref === ref))),
    ),
  );
  return Object.assign({}, ...evaluations) as Record<string, Evaluation>;
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
    `${absoluteRef(ref)}#nixosConfigurations`,
    "--apply",
    // Names and attributes are letters, digits, _ and -, so this JSON is a Nix string too.
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
