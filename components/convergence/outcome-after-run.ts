import { parseOutcome, type Outcome } from "../protocol/outcome.js";

/**
 * How a Pi or a runner stands after this run. Its Command's stdout says so. But once the program itself has seen it
 * where it should be, an earlier run's failure no longer counts.
 * @param pi the name of the Pi
 * @param stdout of the Command; `undefined` when it was never made
 * @param ranWith the id that the Command ran with: with --target it may not have run in this run at all
 * @param seen the systems that the program saw
 */
export function outcomeAfterRun(
  pi: string,
  stdout: string | undefined,
  { id, confirmed }: { readonly id: string; readonly confirmed: boolean },
  ranWith: string | undefined,
  seen: Pick<Outcome, "old" | "new"> = {},
): Outcome {
  if (stdout === undefined) return leftOut(pi);
  const last = parseOutcome(pi, stdout);
  if (confirmed && last.status === "failed")
    return { pi, status: "already there", ...seen, convergence: id, seconds: 0 };
  return { ...last, convergence: ranWith ?? id };
}

/** The outcome of a Command that was not made yet, because --target left it out. */
function leftOut(pi: string): Outcome {
  return { pi, status: "left out", seconds: 0 };
}
