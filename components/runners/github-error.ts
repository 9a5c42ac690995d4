/** GitHub refused a request, or gave no answer to it. The message says what a person can do. */
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

/** Turns an answer 404 into `undefined`, for what may be gone, and throws any other error again. */
export function goneIsUndefined(error: unknown): undefined {
  if (error instanceof GitHubError && error.status === 404) return undefined;
  throw error;
}
