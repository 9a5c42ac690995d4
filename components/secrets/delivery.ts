import { createHmac } from "node:crypto";
import type { HostConfig } from "../config/host.js";
import { type SecretDelivery, type SecretFile } from "../protocol/secret-delivery.js";
import { placedByHand } from "./placed-by-hand.js";
import { type WantedFile, wantedFiles } from "./secret-files.js";

/**
 * What is delivered to a host.
 * @param values the stack secrets that `secretNames` gives, by name
 * @param deployKey the key of the HMAC that makes the ids, so that an id tells nothing of its file
 */
export function deliveryOf(
  host: HostConfig,
  values: Readonly<Record<string, string>>,
  deployKey: string,
): SecretDelivery {
  const keep = placedByHand(host, Object.keys(values)).map(({ name }) => name);
  const files = wantedFiles(host)
    .filter(({ name }) => !keep.includes(name))
    .map(({ kind, from, ...file }): SecretFile => {
      const names = [...new Set(from.map(({ secret }) => secret))];
      return { ...file, content: contentOf(kind, names, values) };
    });
  const id = (file: SecretFile) =>
    createHmac("sha256", deployKey)
      .update(JSON.stringify(Object.entries(file).sort()))
      .digest("hex");
  return { files, keep, ids: Object.fromEntries(files.map((file) => [file.name, id(file).slice(0, 16)])) };
}

function contentOf(
  kind: WantedFile["kind"],
  names: string[],
  values: Readonly<Record<string, string>>,
): string {
  if (kind === "any") return values[names[0]!]!;
  const prefix = (name: string) => (kind === "passphrases" ? `${name}=` : "");
  return names
    .sort()
    .map((name) => `${prefix(name)}${oneLine(values[name]!)}\n`)
    .join("");
}

/** Removes the line break that an `echo` or an editor leaves at the end. */
export function oneLine(value: string): string {
  return value.replace(/\r?\n$/, "");
}
