import { distance } from "fastest-levenshtein";
import type { z } from "zod";

/** A mistake of the user's: shown as it is, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}

/** ` — did you mean "x"?` when one of `names` is near to `word`, else the empty string. */
export function nearest(word: string, names: readonly string[]): string {
  const [best] = names
    .map((name) => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= Math.max(2, Math.floor(word.length / 3)) ? ` — did you mean "${best.name}"?` : "";
}

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
        `${show([...path, key])}: unknown option${nearest(key, allowed)}` +
        (allowed.length > 0 ? ` Allowed here: ${allowed.join(", ")}.` : ""),
    );
  }
  if (issue.code === "invalid_key") {
    const key = String(issue.path.at(-1));
    return issue.issues.map((inner) => `${show(path)}: ${inner.message}. Found the name ${quote(key)}.`);
  }
  return [faultLine(path, wording(issue, at(raw, path)), raw)];
}

/** `hosts.pi-a.port: must be a whole number. Found "x".` */
export function faultLine(path: readonly PropertyKey[], message: string, raw: unknown): string {
  return `${show(path)}: ${message}. ${foundText(at(raw, path))}`.trim();
}

function wording(issue: Issue, found: unknown): string {
  if (found === undefined && issue.code !== "custom" && issue.message.startsWith("Invalid input")) return "is missing";
  if (issue.code === "invalid_value" && issue.message.startsWith("Invalid ")) {
    const values = issue.values.map(String);
    return `must be one of ${values.join(", ")}${typeof found === "string" ? nearest(found, values) : ""}`;
  }
  if (issue.code === "invalid_union" && "discriminator" in issue && issue.discriminator) {
    return "has no such kind; see the README's config for the ones there are";
  }
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input")) return `must be ${article(issue.expected)}`;
  return issue.message.replace(/\.$/, "");
}

function article(type: string): string {
  const names: Record<string, string> = { record: "a map", object: "a map", array: "a list", int: "a whole number" };
  return names[type] ?? `a ${type}`;
}

function foundText(found: unknown): string {
  if (found === undefined) return "";
  const text = JSON.stringify(found);
  return `Found ${text.length > 120 ? `${text.slice(0, 117)}…` : text}.`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** `hosts.pi-a.modules[0]` */
export function show(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)),
    "",
  );
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

/** The option names that the schema knows at `path`; unions are resolved by their `kind`. */
function allowedKeys(schema: z.ZodType, path: readonly PropertyKey[], raw: unknown): string[] {
  let here: Def | undefined = unwrap(schema);
  let value = raw;
  for (const key of path) {
    if (here?.type === "object") here = unwrap(here.shape?.[String(key)]);
    else if (here?.type === "record") here = unwrap(here.valueType);
    else if (here?.type === "array") here = unwrap(here.element);
    else return [];
    value = at(value, [key]);
    if (here?.type === "union") {
      const kind = at(value, ["kind"]);
      here = here.options?.map(unwrap).find((option) => unwrap(option?.shape?.["kind"])?.values?.includes(kind));
    }
  }
  return Object.keys(here?.shape ?? {});
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
  while (def?.innerType) def = def.innerType._zod.def as unknown as Def;
  return def;
}
