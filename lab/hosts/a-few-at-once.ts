/** More hosts at once than this wait for each other on a small machine until one takes its time to boot as a fault. */
const A_FEW = 6;

/** Does the work for all, a few of them at once. The first failure is thrown when what was begun has ended. */
export async function aFewAtOnce<T>(
  all: readonly T[],
  work: (one: T) => Promise<unknown>,
  few = A_FEW,
): Promise<void> {
  const waiting = [...all];
  const lanes = Array.from({ length: Math.min(few, waiting.length) }, async () => {
    while (waiting.length > 0) await work(waiting.shift()!);
  });
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find((lane) => lane.status === "rejected");
  if (failed) throw failed.reason;
}
