/** One thing that is wrong with the config: where, and what. */
export interface Fault {
  /** Relative to what is checked, such as `["hosts", "pi-a", "runners", 0, "name"]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}
