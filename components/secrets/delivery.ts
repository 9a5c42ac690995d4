import { type SecretDelivery, type SecretFile } from "../protocol/secret-delivery.js";
import type { HostConfig } from "../config/host.js";
import { createHmac } from "node:crypto";
import { byHand, type WantedFile, wantedFiles } from "./secret-files.js";

export function contentOf(
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

/** Without the line break that an `echo` or an editor leaves at the end. */
export function oneLine(value: string): string {
  return value.replace(/\r?\n$/, "");
}

/** What is delivered to a host. `values` has the secrets that `secretNames` gives; `deployKey` keys the ids. */
export function deliveryOf(
  host: HostConfig,
  values: Readonly<Record<string, string>>,
  deployKey: string,
): SecretDelivery {
  const known = Object.keys(values);
  const keep = byHand(host, known).map(({ name }) => name);
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
