import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HostConfig } from "../config/host.js";
import { oneLine } from "./delivery.js";
import { byHand, secretsDir, type WantedFile, wantedFiles } from "./secret-files.js";
import { didYouMean } from "../shared/did-you-mean.js";

export function valueFault(value: unknown, kind: WantedFile["kind"]): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.trim() === "") return "is empty";
  if (kind === "any") return undefined;
  const text = oneLine(value);
  if (/\p{Cc}/u.test(text)) return "is one line, without control characters";
  const length = Buffer.byteLength(text);
  if (kind === "passphrases" && !/^[0-9a-f]{64}$/i.test(text) && (length < 8 || length > 63))
    return `has ${length} characters, and a Wi-Fi passphrase has 8 to 63, or is a key of 64 hexadecimal digits`;
  return undefined;
}

/** The command that sets a stack secret. */
export function setSecret(name: string): string {
  return `pulumi config set --secret --path 'pi-fleet:secrets.${name}'`;
}

/**
 * What is wrong with the stack's secrets: one is missing, or can't be what it is used for. Never shows a value; one that
 * is known only later, an output, is not looked at.
 */
export function secretFaults(
  hosts: Readonly<Record<string, HostConfig>>,
  secrets: Readonly<Record<string, unknown>>,
): { path: string[]; message: string }[] {
  const faults = new Map<string, string>();
  for (const [host, config] of Object.entries(hosts)) {
    const absent = byHand(config, Object.keys(secrets));
    for (const { name, kind, from } of wantedFiles(config)) {
      for (const { secret, option } of from) {
        const place = `hosts.${host}.${option}`;
        const expected = kind === "any" || !absent.some((file) => file.name === name);
        const fault = secret in secrets ? valueFault(secrets[secret], kind) : expected && "is missing";
        if (fault) faults.set(secret, `${fault}; ${place} needs it. Set it with: ${setSecret(secret)}`);
      }
    }
  }
  return [...faults].map(([name, message]) => ({ path: ["secrets", name], message }));
}

export function ageFault(file: string): string | undefined {
  if (!existsSync(file)) return `there is no file ${file}`;
  const start = readFileSync(file).subarray(0, 40).toString("latin1");
  if (/^(age-encryption\.org\/v1\n|-----BEGIN AGE ENCRYPTED FILE-----)/.test(start)) return undefined;
  return `${file} is not encrypted with age, and everybody could read it in the Nix store: age -r 'ssh-ed25519 …' -o ${file}`;
}

/** Files of age that are not there or not encrypted: they would be in the Nix store as they are. */
export function ageFaults(
  hosts: Readonly<Record<string, HostConfig>>,
  flake: string,
): { path: string[]; message: string }[] {
  return Object.entries(hosts).flatMap(([host, { secrets }]) =>
    Object.entries(secrets).flatMap(([name, { age }]) => {
      const fault = age && ageFault(join(flake, age));
      return fault ? [{ path: ["hosts", host, "secrets", name, "age"], message: fault }] : [];
    }),
  );
}

/** What a person should know of the stack's secrets: those that nobody uses. */
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

/** What a person should know of a host's secrets: the files that it expects on the Pi already. */
export function byHandRemark(host: HostConfig, known: readonly string[]): string | undefined {
  const files = byHand(host, known).filter(({ kind }) => kind !== "any");
  if (files.length === 0) return undefined;
  const paths = files.map(({ name }) => `${secretsDir}/${name}`);
  const names = files.flatMap(({ from }) => from.map(({ secret }) => secret));
  return `${paths.join(" and ")} must be on the Pi already: the stack has no secret ${names.join(", ")} (${setSecret(names[0]!)})`;
}
