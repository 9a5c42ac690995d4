import type { HostConfig } from "../config/host.js";
import { didYouMean } from "../shared/did-you-mean.js";
import { wantedFiles } from "./secret-files.js";

/** One warning for each stack secret that no host uses. */
export function secretWarnings(
  hosts: Readonly<Record<string, HostConfig>>,
  secrets: Readonly<Record<string, unknown>>,
): string[] {
  const used = Object.values(hosts)
    .flatMap(wantedFiles)
    .flatMap(({ from }) => from.map(({ secret }) => secret));
  return Object.keys(secrets)
    .filter((name) => !used.includes(name))
    .map((name) => `pi-fleet:secrets.${name}: no host uses it${didYouMean(name, used)}`);
}
