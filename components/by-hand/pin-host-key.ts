import { isUtf8 } from "node:buffer";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { isAlias, isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { UserError } from "../shared/user-error.js";

/** Where a host key stands best: after these, which say how the host is reached. */
const before = ["board", "address", "user", "port"];

const parseOptions = { merge: true, prettyErrors: false } as const;

/**
 * The text of a YAML or JSON file in which `hostKey` of one host is this key. Nothing else of the text changes: neither
 * comments nor order nor line breaks. yaml's own `Document.toString` would write the whole file anew.
 * @param path the keys that lead to the host
 * @returns `undefined` when that part of the file is written in a form that can't be changed so, such as an alias
 */
export function withHostKey(text: string, path: readonly string[], hostKey: string): string | undefined {
  const document = parseDocument(text, parseOptions);
  const host = document.getIn(path, true);
  if (!isMap(host)) return undefined;
  const changed = replaced(text, host, hostKey) ?? inserted(text, host, hostKey);
  if (changed === undefined) return undefined;
  const wanted = document.toJS({ maxAliasCount: 100_000 }) as Record<string, unknown>;
  const entry = path.reduce((at, key) => at[key] as Record<string, unknown>, wanted);
  // A host that others merge from is an object of its own in each of them.
  const got = parseDocument(changed, parseOptions);
  if (got.errors.length > 0) return undefined;
  const value = got.toJS({ maxAliasCount: 100_000 }) as Record<string, unknown>;
  const gotEntry = path.reduce((at, key) => at[key] as Record<string, unknown>, value);
  if (!isDeepStrictEqual(gotEntry, { ...entry, hostKey })) return undefined;
  delete entry["hostKey"];
  delete gotEntry["hostKey"];
  return isDeepStrictEqual(value, wanted) ? changed : undefined;
}

function replaced(text: string, host: YAMLMap, hostKey: string): string | undefined {
  const pair = host.items.find(({ key }) => isScalar(key) && key.value === "hostKey");
  const range = pair && rangeOf(pair.value);
  if (!range) return undefined;
  // A block's text has the line break behind it.
  const old = text.slice(range[0], range[1]).trimEnd();
  const value = /^["']/.test(old) ? JSON.stringify(hostKey) : hostKey;
  return text.slice(0, range[0]) + value + text.slice(range[0] + old.length);
}

function inserted(text: string, host: YAMLMap, hostKey: string): string | undefined {
  const places = host.items.filter(({ value }) => isScalar(value) || isAlias(value));
  const pair = places.findLast(({ key }) => isScalar(key) && before.includes(String(key.value))) ?? places[0];
  const [key, value] = [rangeOf(pair?.key), rangeOf(pair?.value)];
  if (!pair || !key || !value) return undefined;
  const isJson = text[key[0]] === '"';
  const line = isJson ? `"hostKey": ${JSON.stringify(hostKey)}` : `hostKey: ${hostKey}`;
  const indent = text.slice(text.lastIndexOf("\n", key[0] - 1) + 1, key[0]);
  const newLine = text.includes("\r\n") ? "\r\n" : "\n";
  const isAlone = /^[ \t]*$/.test(indent);
  if (host.flow) {
    // A map in braces may have each option on a line of its own.
    const between = isAlone ? `,${newLine}${indent}` : ", ";
    return text.slice(0, value[1]) + between + line + text.slice(value[1]);
  }
  if (!isAlone) return undefined;
  // A comment may follow on the line.
  const end = text.indexOf("\n", value[1] - (text[value[1] - 1] === "\n" ? 1 : 0));
  if (end < 0) return `${text}${newLine}${indent}${line}${newLine}`;
  return `${text.slice(0, end + 1)}${indent}${line}${newLine}${text.slice(end + 1)}`;
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  return isScalar(node) || isAlias(node) ? (node.range ?? undefined) : undefined;
}

/** Reads a file that will be written again. @throws UserError for what would not come out of it as it was */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (isUtf8(bytes)) return bytes.toString();
  throw new UserError(`${path} is not in UTF-8, so nothing was written: save it in that first.`);
}

/** Replaces a file at once: whoever reads it sees the old text or the new one, also after a power cut. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const file = await realpath(path);
  const fresh = `${file}.${process.pid}.new`;
  try {
    const handle = await open(fresh, "wx", (await stat(file)).mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true });
    throw new UserError(`${path} can't be written: ${(cause as Error).message}`, { cause });
  }
}
