import type { HostConfig } from "../config/host.js";
import { secretsDir, type WantedFile, wantedFiles } from "./secret-files.js";
import { setSecretCommand } from "./set-secret-command.js";

/**
 * The files of a host whose secrets the stack does not have: a person has put them on the Pi.
 * @param stackSecrets the names of the secrets that the stack has
 */
export function placedByHand(host: HostConfig, stackSecrets: readonly string[]): WantedFile[] {
  return wantedFiles(host).filter(({ from }) => from.every(({ secret }) => !stackSecrets.includes(secret)));
}

/** Tells a person which files must be on the Pi already; `undefined` when there are none. */
export function placedByHandRemark(host: HostConfig, stackSecrets: readonly string[]): string | undefined {
  const files = placedByHand(host, stackSecrets).filter(({ kind }) => kind !== "any");
  if (files.length === 0) return undefined;
  const paths = files.map(({ name }) => `${secretsDir}/${name}`);
  const names = files.flatMap(({ from }) => from.map(({ secret }) => secret));
  return `${paths.join(" and ")} must be on the Pi already: the stack has no secret ${names.join(", ")} (${setSecretCommand(names[0]!)})`;
}
