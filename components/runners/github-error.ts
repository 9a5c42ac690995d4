/** What GitHub said no to, or that it said nothing: for a person, with what to do. */
export class GitHubError extends Error {
  override name = "GitHubError";
  constructor(
    /** The status of the answer; 0 when there was none. */
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Makes nothing of an answer 404 and throws every other error again: for what may be gone. */
export function goneIsUndefined(error: unknown): undefined {
  if (error instanceof GitHubError && error.status === 404) return undefined;
  throw error;
}
