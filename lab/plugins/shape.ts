import type { CheckFailure } from "./model.js";
import { isMap, reveal, UNKNOWN, type Wire, type WireMap } from "./wire.js";

/** What a field takes, in the words of the real plugins' language, or the fields of a map. */
export type Kind = keyof typeof FITS | Shape;

export interface Field {
  readonly kind: Kind;
  readonly required?: boolean;
}

/** A type of the real schema: its name there, and its fields. */
export interface Shape {
  readonly name: string;
  readonly fields: Record<string, Field>;
}

const FITS = {
  string: (value: Wire) => typeof value === "string",
  bool: (value: Wire) => typeof value === "boolean",
  int: (value: Wire) => typeof value === "number",
  float64: (value: Wire) => typeof value === "number",
  "[]interface {}": Array.isArray,
  "[]string": Array.isArray,
  "map[string]string": isMap,
} satisfies Record<string, (value: Wire) => boolean>;

/** The faults of `inputs` against a shape, in the words of the real plugins' framework. */
export function checkShape(shape: Shape, inputs: WireMap): CheckFailure[] {
  const plain = reveal(inputs);
  const missing = Object.entries(shape.fields).filter(
    ([field, { required }]) => required && isNone(plain[field]),
  );
  return [
    ...missing.map(([property]) => ({
      property,
      reason: `Missing required field '${property}' on '${shape.name}'`,
    })),
    ...Object.entries(plain).flatMap(([property, value]) => checkField(shape, property, value)),
  ];
}

/** What the real plugins keep of inputs: everything but nulls in maps. */
export function withoutNulls(inputs: WireMap): WireMap {
  const kept = Object.entries(inputs).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, isMap(value) ? withoutNulls(value) : value]));
}

function checkField(shape: Shape, property: string, value: Wire): CheckFailure[] {
  // Keys that begin with "__" are the engine's.
  if (property.startsWith("__") || isNone(value) || value === UNKNOWN) return [];
  const kind = shape.fields[property]?.kind;
  if (kind === undefined)
    return [{ property, reason: `Unrecognized field '${property}' on '${shape.name}'` }];
  if (typeof kind === "object") return checkNested(shape, property, kind, value);
  if (!FITS[kind](value)) return [{ property, reason: wrongType(shape, property, kind, value) }];
  const items = kind === "map[string]string" || kind === "[]string" ? Object.entries(value as WireMap) : [];
  return items
    .filter(([, item]) => !isNone(item) && typeof item !== "string")
    .map(([key, item]) => {
      const path = kind === "[]string" ? `${property}[${key}]` : `${property}[${key}] value`;
      return { property: path, reason: wrongType(shape, path, "string", item) };
    });
}

function checkNested(shape: Shape, property: string, nested: Shape, value: Wire): CheckFailure[] {
  if (!isMap(value)) return [{ property, reason: wrongType(shape, property, nested.name, value) }];
  const failures = checkShape(nested, value);
  if (failures.length === 0) return [];
  const where = `${shape.name.split(".").pop()}.${property}`;
  const lines = failures.map(({ property, reason }) => `\n\t${property}: ${reason}`).join("");
  return [
    {
      property,
      reason: `An error occurred decoding '${where}': ${failures.length} failures decoding:${lines}`,
    },
  ];
}

function wrongType({ name }: Shape, property: string, wanted: string, value: Wire): string {
  return `Field '${property}' on '${name}' must be a '${wanted}'; got '${typeName(value)}' instead`;
}

function typeName(value: Wire): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isMap(value)) return "map[string]interface {}";
  return { string: "string", number: "float64", boolean: "bool" }[
    typeof value as "string" | "number" | "boolean"
  ];
}

function isNone(value: Wire | undefined): boolean {
  return (value ?? null) === null;
}
