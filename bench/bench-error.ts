/** An error whose message is enough for a person: it is shown without a stack trace. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}
