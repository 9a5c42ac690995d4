import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type * as Yaml from "yaml";
import { faultLines } from "../config/fault-lines.js";
import { hostsFile } from "../config/hosts-file.js";
import { secretForm } from "../config/secret-form.js";
import { resolveLocal } from "../shared/local-path.js";

/** A config in which `hosts` may be in a file of its own. */
type Raw = Record<string, unknown>;

/**
 * Puts the hosts of `hostsFile` in the place of `hosts`. Pulumi gives config to a program in one variable of its
 * environment, which holds 128 KiB on Linux (pulumi/pulumi#8680): a large fleet needs the file.
 * @returns the file, as config names it
 */
export function takeHostsFile(raw: Raw, faults: string[]): string | undefined {
  if (!("hostsFile" in raw)) return undefined;
  const given = raw["hostsFile"];
  delete raw["hostsFile"];
  const { data: name, error } = hostsFile.safeParse(given);
  if (name === undefined) {
    faults.push(...faultLines(error, given, hostsFile).map((line) => `hostsFile${line}`));
    return undefined;
  }
  if ("hosts" in raw) {
    faults.push(
      `hosts: the hosts are in ${name}, as hostsFile says: move these there, or take hostsFile away.`,
    );
    return undefined;
  }
  const found = readHosts(name);
  faults.push(...found.faults.map((fault) => `hostsFile: ${fault}`));
  if (found.faults.length === 0) raw["hosts"] = found.hosts;
  return name;
}

function readHosts(name: string): { hosts?: unknown; faults: string[] } {
  const path = resolveLocal(name);
  try {
    return parseHosts(name, readFileSync(path, "utf8"));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const fault =
      code === "ENOENT"
        ? `there is no file ${name}, looked for at ${path}.`
        : `${name}: ${firstLine(message)}.`;
    return { faults: [fault] };
  }
}

function parseHosts(name: string, text: string): { hosts?: unknown; faults: string[] } {
  // Loaded only for this: it would slow down the start of every other stack.
  const yaml = createRequire(import.meta.url)("yaml") as typeof Yaml;
  const { isScalar, LineCounter, parseDocument, visit } = yaml;
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false, stringKeys: true });
  const at = (offset: number) => `${name} line ${lineCounter.linePos(offset).line}`;
  const faults = [...document.errors, ...document.warnings].map(
    ({ pos, message }) => `${at(pos[0])}: ${firstLine(message)}.`,
  );
  visit(document, {
    Scalar: (key, { value, source = "", range }) => {
      const isNumber = key !== "key" && typeof value === "number";
      if (isNumber && /^[-+]?0\d/.test(source))
        faults.push(
          `${at(range?.[0] ?? 0)}: ${source} is ${value} here and another number in other YAML: write ${value}.`,
        );
      if (typeof value === "string" && secretForm.test(value))
        faults.push(
          `${at(range?.[0] ?? 0)}: this looks like a secret, which no file of config may have in clear. ` +
            "Set it with pulumi config set --secret.",
        );
    },
  });
  if (faults.length > 0) return { faults };
  if (isScalar(document.contents) || document.contents === null)
    return { faults: [`${name}: is a map of hosts by name, such as bench: { board: pi4 }.`] };
  return { hosts: document.toJS({ maxAliasCount: 100_000 }) as unknown, faults };
}

function firstLine(text: string): string {
  return text.split("\n")[0]!.replace(/\.$/, "");
}
