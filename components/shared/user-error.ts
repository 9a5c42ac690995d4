/** What the user, or a program that the user chose, did wrong. The message is shown as it is, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}
