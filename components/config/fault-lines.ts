import type { z } from "zod";
import { nearest } from "../shared/nearest.js";
import { secretForm } from "./secret-form.js";

/** One line a fault: its path, what is wrong, what was found. `raw` is the input as the user wrote it. */
export function faultLines(error: z.ZodError, raw: unknown, schema: z.ZodType): string[] {
  return error.issues.flatMap((issue) => issueLines(issue, [], raw, schema));
}

type Issue = z.core.$ZodIssue;

function issueLines(issue: Issue, base: PropertyKey[], raw: unknown, schema: z.ZodType): string[] {
  const path = [...base, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const allowed = allowedKeys(schema, path, raw);
    return issue.keys.map(
      (key) =>
        `${showPath([...path, key])}: unknown option${nearest(key, allowed) || "."}` +
        (allowed.length > 0 ? ` Allowed here: ${allowed.join(", ")}.` : ""),
    );
  }
  if (issue.code === "invalid_key") {
    const key = String(issue.path.at(-1));
    return issue.issues.map((inner) => `${showPath(path)}: ${inner.message}. Found the name ${quote(key)}.`);
  }
  return [faultLine(path, wording(issue, valueAt(raw, path), kinds(schema, path, raw)), raw)];
}

/** `hosts.pi-a.port: must be a whole number. Found "x".` */
export function faultLine(path: readonly PropertyKey[], message: string, raw: unknown): string {
  const sentence = /[.?]$/.test(message) ? message : `${message}.`;
  const found = isSecret(path.at(-1)) ? "" : foundText(valueAt(raw, path));
  return `${showPath(path)}: ${sentence} ${found}`.trim();
}

function wording(issue: Issue, found: unknown, allowed: readonly string[]): string {
  const isZods = issue.message.startsWith("Invalid ");
  if (issue.code === "invalid_value" && isZods) {
    const values = issue.values.map(String);
    if (found === undefined) return `is missing; it is one of ${values.join(", ")}`;
    return `must be one of ${values.join(", ")}${typeof found === "string" ? nearest(found, values) : ""}`;
  }
  if (issue.code === "invalid_union" && isZods) {
    if (found === undefined) return `is missing; it is one of ${allowed.join(", ")}`;
    return `must be one of ${allowed.join(", ")}${typeof found === "string" ? nearest(found, allowed) : ""}`;
  }
  if (found === undefined && isZods) return "is missing";
  if (issue.code === "invalid_type" && isZods) return `must be ${article(issue.expected)}`;
  return issue.message;
}

function article(type: string): string {
  const names: Record<string, string> = {
    record: "a map",
    object: "a map",
    array: "a list",
    int: "a whole number",
    number: "a number",
  };
  return names[type] ?? `a ${type}`;
}

function foundText(found: unknown): string {
  if (found === undefined) return "";
  const text = JSON.stringify(found, (key, value: unknown) => (isSecret(key) ? "…" : value));
  if (secretForm.test(text)) return "";
  return `Found ${text.length > 120 ? `${text.slice(0, 117)}…` : text}.`;
}

/** Options that hold a secret where they should not be: what is in them is not repeated. */
function isSecret(key: PropertyKey | undefined): boolean {
  return key === "psk" || key === "pskRaw" || key === "authKey";
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** `hosts.pi-a.modules[0]` */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key),
    "",
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  );
}

/** The values of `kind` where `path` is the discriminator of a union. */
function kinds(schema: z.ZodType, path: readonly PropertyKey[], raw: unknown): string[] {
  const union = descend(schema, path.slice(0, -1), raw, false);
  return (union?.options ?? []).flatMap((option) =>
    (unwrap(unwrap(option)?.shape?.[String(path.at(-1))])?.values ?? []).map(String),
  );
}

/** The option names that the schema knows at `path`. */
function allowedKeys(schema: z.ZodType, path: readonly PropertyKey[], raw: unknown): string[] {
  const shape = descend(schema, path, raw, true)?.shape ?? {};
  return Object.keys(shape).filter((key) => unwrap(shape[key])?.type !== "never");
}

/** The part of the schema at `path`; unions on the way are resolved by their `kind`, the last one if asked. */
function descend(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  raw: unknown,
  resolveLast: boolean,
): Def | undefined {
  let here = unwrap(schema);
  let value = raw;
  path.forEach((key, index) => {
    if (here?.type === "object") here = unwrap(here.shape?.[String(key)]);
    else if (here?.type === "record") here = unwrap(here.valueType);
    else if (here?.type === "array") here = unwrap(here.element);
    else here = undefined;
    value = valueAt(value, [key]);
    if (here?.type === "union" && (resolveLast || index < path.length - 1)) {
      const kind = valueAt(value, ["kind"]);
      here = here.options
        ?.map(unwrap)
        .find((option) => unwrap(option?.shape?.["kind"])?.values?.includes(kind));
    }
  });
  return here;
}

interface Def {
  type: string;
  shape?: Record<string, z.ZodType>;
  valueType?: z.ZodType;
  element?: z.ZodType;
  innerType?: z.ZodType;
  options?: z.ZodType[];
  values?: unknown[];
}

function unwrap(schema: z.ZodType | undefined): Def | undefined {
  let def = schema?._zod.def as unknown as Def | undefined;
  while (def?.innerType) def = def.innerType._zod.def;
  return def;
}
