import type { HostConfig } from "../config/host.js";
import { oneLine } from "./delivery.js";
import { placedByHand } from "./placed-by-hand.js";
import { type WantedFile, wantedFiles } from "./secret-files.js";
import { setSecretCommand } from "./set-secret-command.js";

/**
 * What is wrong with the stack's secrets: one is missing, or can't be what it is used for. Never shows a value. A value
 * that is known only later, an output, is not looked at.
 */
export function secretFaults(
  hosts: Readonly<Record<string, HostConfig>>,
  secrets: Readonly<Record<string, unknown>>,
): { path: string[]; message: string }[] {
  const faults = new Map<string, string>();
  for (const [host, config] of Object.entries(hosts)) {
    const byHand = placedByHand(config, Object.keys(secrets));
    for (const { name, kind, from } of wantedFiles(config)) {
      for (const { secret, option } of from) {
        const place = `hosts.${host}.${option}`;
        const expected = kind === "any" || !byHand.some((file) => file.name === name);
        const fault = Object.hasOwn(secrets, secret)
          ? valueFault(secrets[secret], kind)
          : expected && "is missing";
        if (fault)
          faults.set(secret, `${fault}; ${place} needs it. Set it with: ${setSecretCommand(secret)}`);
      }
    }
  }
  return [...faults].map(([name, message]) => ({ path: ["secrets", name], message }));
}

function valueFault(value: unknown, kind: WantedFile["kind"]): string | undefined {
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
