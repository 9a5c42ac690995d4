/** A mistake of the user, or of a program that the user chose. The message is shown as it is, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}
