import { parseOutcome, type Outcome } from "../protocol/outcome.js";

/**
 * How a Pi or a runner stands after this run. Its Command's stdout says it; but when the program itself saw it where it
 * should be, a failure of an earlier run is over.
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

/** Of a Command that was not made yet, and that --target leaves so. */
function leftOut(pi: string): Outcome {
  return { pi, status: "left out", seconds: 0 };
}
