import { nix } from "../nix/nix.js";
import { nixError } from "../nix/nix-error.js";
import { absoluteRef, evaluationsOf, type Evaluation, type PlannedToplevel } from "./toplevel.js";

/** A flake of the user's own and which of its nixosConfigurations a Pi is. */
export interface ForeignFlake {
  readonly ref: string;
  readonly attr: string;
}

/** Evaluates Pis whose systems are in other flakes, untouched: one `nix eval` for each flake, all flakes at once. */
export async function evaluateForeign(
  pis: Readonly<Record<string, ForeignFlake>>,
): Promise<Record<string, Evaluation>> {
  const refs = new Set(Object.values(pis).map(({ ref }) => ref));
  const plans = await Promise.all(
    [...refs].map((ref) =>
      evaluateOne(ref, Object.fromEntries(Object.entries(pis).filter(([, pi]) => pi.ref === ref))),
    ),
  );
  return Object.assign({}, ...plans) as Record<string, Evaluation>;
}

async function evaluateOne(
  ref: string,
  pis: Record<string, ForeignFlake>,
): Promise<Record<string, Evaluation>> {
  const names = Object.keys(pis);
  const attrs = Object.fromEntries(names.map((name) => [name, pis[name]!.attr]));
  const { exitCode, stdout, stderr } = await nix([
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
  if (exitCode === 0) return evaluationsOf(JSON.parse(stdout) as Record<string, PlannedToplevel>);
  if (names.length === 1) return { [names[0]!]: { kind: "failed", message: nixError(stderr) } };
  // Whose fault it is shows when each is asked alone.
  const each = await Promise.all(names.map((name) => evaluateOne(ref, { [name]: pis[name]! })));
  return Object.assign({}, ...each) as Record<string, Evaluation>;
}
