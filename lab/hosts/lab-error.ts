/** An error whose message is enough for a person: it is shown without a stack trace. */
export class LabError extends Error {
  override readonly name: string = "LabError";
}
