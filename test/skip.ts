/** Skips the running test, or from a `before` hook the tests of its suite, and has the report say why. */
export function skip(context: Mocha.Context, reason: string): never {
  const running: { type?: string; title: string; parent?: Mocha.Suite } | undefined = context.test;
  const inHook = running?.type === "hook";
  const skipsSuite = inHook && running.title.startsWith('"before all"');
  const skipped = skipsSuite ? running.parent : inHook ? context.currentTest : running;
  if (skipped) Object.assign(skipped, { skipReason: reason });
  return context.skip();
}
