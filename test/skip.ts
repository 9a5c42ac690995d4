/**
 * Skips the running test, or from a `before` hook the tests of its suite, and has the report say why.
 */
export function skip(context: Mocha.Context, reason: string): never {
  // In a hook for each test, currentTest is the one that it runs for; in a hook for all there is none.
  const running: { type?: string; parent?: Mocha.Suite } | undefined = context.test;
  const skipped = running?.type === "hook" ? (context.currentTest ?? running.parent) : running;
  if (skipped) Object.assign(skipped, { skipReason: reason });
  return context.skip();
}
