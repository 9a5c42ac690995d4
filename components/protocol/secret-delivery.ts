/** A secret as a file on a Pi. */
export interface SecretFile {
  /** Its name in `secretsDir`. */
  readonly name: string;
  readonly owner: string;
  readonly group: string;
  /** Octal, such as 0400. */
  readonly mode: string;
  /** The units that are restarted when it changes. */
  readonly units: readonly string[];
  readonly content: string;
}

/** What the channel brings to one Pi. All of it is secret but `keep` and `ids`. */
export interface SecretDelivery {
  readonly files: readonly SecretFile[];
  /** Files that the system reads and that a person puts there: left alone. */
  readonly keep: readonly string[];
  /** What identifies each file's content and rights, by its name. Without the deploy key it tells nothing. */
  readonly ids: Readonly<Record<string, string>>;
}
