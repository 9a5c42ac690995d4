import { nix, type NixResult } from "../nix/nix.js";
import { UserError } from "../shared/user-error.js";
import type { Failed } from "./ask-project.js";
import { flakeRef } from "./flake-ref.js";
import { type ImageEvaluation, readImageEvaluation, readImageEvaluations } from "./image.js";
import { type Evaluation, readEvaluation, readEvaluations } from "./toplevel.js";

/** A flake of the user's own and which of its nixosConfigurations a Pi is. */
export interface ForeignFlake {
  readonly ref: string;
  readonly attr: string;
}

/** What is asked of each Pi's configuration. */
export interface ForeignQuestion<T> {
  /** A Nix expression of the answer, in which `build` is the configuration's `config.system.build`. */
  readonly answer: string;
  readonly readAll: (stdout: string) => Record<string, T>;
  readonly readOne: (result: NixResult) => T | Failed;
}

export const foreignToplevels: ForeignQuestion<Evaluation> = {
  answer: "{ inherit (build.toplevel) drvPath system; toplevel = build.toplevel.outPath; }",
  readAll: readEvaluations,
  readOne: readEvaluation,
};

/**
 * The card's image: of a configuration that imports nixpkgs' sd-image module, or else the variant that nixpkgs has for
 * every configuration (nixos/modules/image/images.nix).
 */
export const foreignImages: ForeignQuestion<ImageEvaluation> = {
  answer: `let image = build.sdImage or build.images.sd-card or (throw "it has neither config.system.build.sdImage \
nor config.system.build.images.sd-card: import an sd-image module of nixpkgs"); \
in { inherit (image) drvPath; image = image.outPath; }`,
  readAll: readImageEvaluations,
  readOne: readImageEvaluation,
};

/**
 * Evaluates Pis whose systems are in other flakes, which stay as they are. Runs one `nix eval` for each flake, all at
 * once.
 */
export async function evaluateForeign<T>(
  pis: Readonly<Record<string, ForeignFlake>>,
  question: ForeignQuestion<T>,
): Promise<Record<string, T | Failed>> {
  const refs = new Set(Object.values(pis).map(({ ref }) => ref));
  const evaluations = await Promise.all(
    [...refs].map((ref) => {
      const ofFlake = Object.entries(pis).filter(([, pi]) => pi.ref === ref);
      return evaluateOrFail(ref, Object.fromEntries(ofFlake), question);
    }),
  );
  return Object.assign({}, ...evaluations) as Record<string, T | Failed>;
}

/** The Pis of a flake that can't be read fail, and those of other flakes don't. */
async function evaluateOrFail<T>(
  ref: string,
  pis: Record<string, ForeignFlake>,
  question: ForeignQuestion<T>,
): Promise<Record<string, T | Failed>> {
  return evaluateFlake(ref, pis, question).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    const failed = { kind: "failed", message: error.message } as const;
    return Object.fromEntries(Object.keys(pis).map((name) => [name, failed]));
  });
}

async function evaluateFlake<T>(
  ref: string,
  pis: Record<string, ForeignFlake>,
  question: ForeignQuestion<T>,
): Promise<Record<string, T | Failed>> {
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
      inherit (configurations.\${attr}.config.system) build;
    in ${question.answer})
    (builtins.fromJSON ${JSON.stringify(JSON.stringify(attrs))})`,
  ]);
  if (result.exitCode === 0) return question.readAll(result.stdout);
  if (names.length === 1) return { [names[0]!]: question.readOne(result) };
  // Asking for each alone shows which of them fails.
  const each = await Promise.all(names.map((name) => evaluateFlake(ref, { [name]: pis[name]! }, question)));
  return Object.assign({}, ...each) as Record<string, T | Failed>;
}
