import { z } from "zod";
import { nixError } from "../nix/nix-error.js";
import { type NixResult } from "../nix/nix.js";
import { parseJson } from "../shared/parse-json.js";

/** What `nix eval` says of one Pi's toplevel. */
export type Evaluation =
  | { readonly kind: "toplevel"; readonly drvPath: string; readonly outPath: string; readonly system: string }
  | { readonly kind: "failed"; readonly message: string };

/**
 * A flake's answer for one Pi. It avoids the name `outPath`, which would make `nix eval --json` print the path alone.
 */
const answer = z
  .object({ drvPath: z.string(), toplevel: z.string(), system: z.string() })
  .transform(({ drvPath, toplevel, system }): Evaluation => ({
    kind: "toplevel",
    drvPath,
    outPath: toplevel,
    system,
  }));
const answers = z.record(z.string(), answer);
const source = "the answer of nix eval";

/** Reads the evaluation of one Pi. */
export function readEvaluation({ exitCode, stdout, stderr }: NixResult): Evaluation {
  return exitCode === 0 ? parseJson(answer, stdout, source) : { kind: "failed", message: nixError(stderr) };
}

/** Reads the evaluations of several Pis, by name. */
export function readEvaluations(stdout: string): Record<string, Evaluation> {
  return parseJson(answers, stdout, source);
}
