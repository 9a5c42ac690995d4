/** A fault that its message explains: shown to people without a stack trace. */
export class LabError extends Error {
  override readonly name = "LabError";
}
