/** One thing that is wrong with an image or a card. */
export interface Finding {
  /** A sentence without its full stop. */
  readonly says: string;
  /** What to do about it: a sentence without its full stop. */
  readonly todo: string;
}
