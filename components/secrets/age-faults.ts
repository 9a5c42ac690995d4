import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HostConfig } from "../config/host.js";
import { expandHome } from "../shared/local-path.js";

/**
 * Faults of the hosts' .age files: a file is missing, or is not encrypted and would be in the Nix store in clear.
 * @param flake the directory that the files are in
 */
export function ageFaults(
  hosts: Readonly<Record<string, HostConfig>>,
  flake: string,
): { path: string[]; message: string }[] {
  return Object.entries(hosts).flatMap(([host, { secrets }]) =>
    Object.entries(secrets).flatMap(([name, { age }]) => {
      const fault = age && ageFault(join(expandHome(flake), age));
      return fault ? [{ path: ["hosts", host, "secrets", name, "age"], message: fault }] : [];
    }),
  );
}

/** The two forms of an encrypted file: age-encryption.org/v1, "File format" and "ASCII armor". */
function ageFault(file: string): string | undefined {
  if (!existsSync(file)) return `there is no file ${file}`;
  const start = readFileSync(file).subarray(0, 40).toString("latin1");
  if (/^(age-encryption\.org\/v1\n|-----BEGIN AGE ENCRYPTED FILE-----)/.test(start)) return undefined;
  return `${file} is not encrypted with age, and everybody could read it in the Nix store: age -r 'ssh-ed25519 …' -o ${file}`;
}
