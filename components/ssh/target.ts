/** Where and as whom to log in: what ssh(1) calls a destination. */
export interface Destination {
  readonly address: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** A host to log in to, and which host key to accept. */
export interface Target extends Destination {
  readonly name: string;
  /** The pinned host key, one OpenSSH line; without it the user's known_hosts decides. */
  readonly hostKey?: string | undefined;
  /** Where config has this host, such as `buildHosts.nas`. @default `hosts.NAME` */
  readonly option?: string | undefined;
  /**
   * Logins of before, the latest first. The host may still have one of them, when its new system is what changes its
   * login. The host key is the same for all: one that config no longer names is never accepted.
   */
  readonly former?: readonly Destination[] | undefined;
}

/** `user@address`, or the address alone. */
export function destination(target: Destination): string {
  return target.user ? `${target.user}@${target.address}` : target.address;
}
