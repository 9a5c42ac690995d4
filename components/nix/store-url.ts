import { destination, type Target } from "../ssh/target.js";

/** The URL of a host's Nix store. An IPv6 address has brackets in a URL, which ssh itself does not take. */
export function storeUrl(target: Target): string {
  const { address } = target;
  return `ssh-ng://${destination(address.includes(":") ? { ...target, address: `[${address}]` } : target)}`;
}
