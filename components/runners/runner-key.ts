import type { HostConfig } from "../config/host.js";

/**
 * A runner's name in the stack: in the output `runners`, and in the names of its resources. The host's `runner` has the
 * Pi's name, whatever its name on GitHub is. A further one has both names.
 * @param runner the runner's name on GitHub
 */
export function runnerKey(pi: string, host: Pick<HostConfig, "runner">, runner: string): string {
  const isOwn = host.runner !== undefined && (host.runner.name ?? pi) === runner;
  return isOwn ? pi : `${pi}-${runner}`;
}
