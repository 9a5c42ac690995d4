import type { CheckFailure } from "./model.js";
import { isMap, reveal, UNKNOWN, type Wire, type WireMap } from "./wire.js";

/** What a field of the real schema takes. */
export type Kind = "string" | "number" | "bool" | "list" | "map" | "strings" | "any" | Shape;

export interface Field {
  readonly kind: Kind;
  readonly required?: boolean;
}

export interface Shape {
  readonly [field: string]: Field;
}

/** The faults of `inputs` against a shape, in the words of the real plugins' framework. */
export function checkShape(shape: Shape, inputs: WireMap): CheckFailure[] {
  const plain = reveal(inputs);
  const missing = Object.keys(shape).filter(
    (field) => shape[field]?.required && (plain[field] ?? null) === null,
  );
  return [
    ...missing.map((property) => ({ property, reason: `Missing required field '${property}'` })),
    ...Object.entries(plain).flatMap(([field, value]) => checkField(shape[field], field, value)),
  ];
}

function checkField(field: Field | undefined, property: string, value: Wire): CheckFailure[] {
  // Keys that begin with "__" are the engine's.
  if (field === undefined) {
    return property.startsWith("__") ? [] : [{ property, reason: `Unrecognized field '${property}'` }];
  }
  if (value === null || value === UNKNOWN) return [];
  return fits(field.kind, value) ? [] : [{ property, reason: `Field '${property}' has the wrong type` }];
}

function fits(kind: Kind, value: Wire): boolean {
  if (value === UNKNOWN || kind === "any") return true;
  if (typeof kind === "object") return isMap(value) && checkShape(kind, value).length === 0;
  switch (kind) {
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    case "map":
    case "strings":
      return kind === "map"
        ? isMap(value) && Object.values(value).every((item) => fits("string", item))
        : Array.isArray(value) && value.every((item) => fits("string", item));
  }
}
