import type { HostConfig } from "../config/host.js";

/**
 * A runner's name in the stack: in the output `runners`, and in the names of its resources. The host's own `runner` has the
 * Pi's name, also when its name on GitHub changes; a further one has both names.
 * @param runner the runner's name on GitHub
 */
export function runnerKey(pi: string, host: Pick<HostConfig, "runner">, runner: string): string {
  const isOwn = host.runner !== undefined && (host.runner.name ?? pi) === runner;
  return isOwn ? pi : `${pi}-${runner}`;
}
