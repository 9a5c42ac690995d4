import { type Outcome, parseOutcome } from "../protocol/outcome.js";

/**
 * How something stands after this run: of the program's own look when that shows it right after a failure, else of its
 * Command's stdout. `ranWith` is the id that the Command ran with: with --target it may not have run at all.
 */
export function outcomeAfterRun(
  pi: string,
  stdout: string | undefined,
  { id, confirmed }: { readonly id: string; readonly confirmed: boolean },
  ranWith: string | undefined,
  seen: Pick<Outcome, "old" | "new"> = {},
): Outcome {
  if (stdout === undefined) return { pi, status: "left out", seconds: 0 };
  const last = parseOutcome(pi, stdout);
  if (confirmed && last.status === "failed") {
    return { pi, status: "already there", ...seen, convergence: id, seconds: 0 };
  }
  return { ...last, convergence: ranWith ?? id };
}
