import { z } from "zod";

/** What is in these belongs to the system. */
const systemFolders = [
  ...["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/nix", "/proc", "/root", "/sbin", "/sys", "/usr"],
  ...["/run/booted-system", "/run/current-system", "/run/pi-fleet", "/run/systemd", "/run/wrappers"],
  ...["/var/lib/github-runner", "/var/lib/nixos", "/var/lib/private", "/var/lib/systemd"],
  ...["/var/lib/pi-fleet", "/var/lib/pi-fleet-secrets", "/var/log"],
];

/** A folder below one of these may be a runner's, but not the whole. file-hierarchy(7) */
const sharedFolders = [
  ...["/home", "/media", "/mnt", "/opt", "/run", "/srv", "/tmp"],
  ...["/var", "/var/cache", "/var/lib", "/var/spool", "/var/tmp"],
];

/**
 * `hosts.NAME.runner.workDir`: an absolute path on the Pi. The runner's unit empties it before each start
 * (nix/modules/runner.nix), so nothing else may be there.
 */
export const workDir = z
  .string()
  .regex(
    /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9_.-]+)+\/?$/,
    "an absolute path without . and .., such as /var/lib/runner-work",
  )
  .refine(isFree, "a folder of its own, such as /var/lib/runner-work: the runner empties it at each start");

function isFree(path: string): boolean {
  const folder = path.replace(/\/$/, "");
  const isSystems = systemFolders.some((one) => folder === one || folder.startsWith(`${one}/`));
  const isHome = /^\/home\/[^/]+$/.test(folder);
  return !isSystems && !isHome && !sharedFolders.includes(folder);
}
