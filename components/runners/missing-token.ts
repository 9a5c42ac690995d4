import type { HostConfig } from "../config/host.js";
import { runnersOf } from "./runner-spec.js";

/** What is wrong with a stack that has runners and no credential to register them; `undefined` when none of them has one. */
export function missingTokenFault(hosts: Readonly<Record<string, HostConfig>>): string | undefined {
  const names = Object.keys(hosts).filter((name) => runnersOf(name, hosts[name]!).length > 0);
  if (names.length === 0) return undefined;
  return (
    `githubToken: is missing, and ${names.join(", ")} should be a runner. ` +
    "Set it with: pulumi config set --secret pi-fleet:githubToken"
  );
}
