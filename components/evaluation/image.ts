import { z } from "zod";
import { nixError } from "../nix/nix-error.js";
import { type NixResult } from "../nix/nix.js";
import { parseJson } from "../shared/parse-json.js";
import type { Failed } from "./ask-project.js";

/** What `nix eval` says of the image of one Pi's card. */
export type ImageEvaluation =
  { readonly kind: "image"; readonly drvPath: string; readonly outPath: string } | Failed;

/** A flake's answer for one Pi. */
const answer = z
  .object({ drvPath: z.string(), image: z.string() })
  .transform(({ drvPath, image }): ImageEvaluation => ({ kind: "image", drvPath, outPath: image }));
const answers = z.record(z.string(), answer);
const source = "the answer of nix eval";

/** Reads the evaluation of one Pi's image. */
export function readImageEvaluation({ exitCode, stdout, stderr }: NixResult): ImageEvaluation {
  return exitCode === 0 ? parseJson(answer, stdout, source) : { kind: "failed", message: nixError(stderr) };
}

/** Reads the evaluations of several Pis' images, by name. */
export function readImageEvaluations(stdout: string): Record<string, ImageEvaluation> {
  return parseJson(answers, stdout, source);
}
