/** Where and as whom to log in, and which host key to accept. */
export interface Target {
  readonly name: string;
  readonly address: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** The pinned host key, one OpenSSH line; without it the user's known_hosts decides. */
  readonly hostKey?: string | undefined;
}

/** `user@address`, or the address alone. */
export function destination(target: Target): string {
  return target.user ? `${target.user}@${target.address}` : target.address;
}
