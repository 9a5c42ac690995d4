import type { z } from "zod";
import { valueAt } from "./fault-path.js";

/** The option names that the schema knows at `path`. Where it has a union, the value's `kind` decides. */
export function allowedKeys(schema: z.ZodType, path: readonly PropertyKey[], raw: unknown): string[] {
  const shape = descend(schema, path, raw, true)?.shape ?? {};
  return Object.keys(shape).filter((key) => unwrap(shape[key])?.type !== "never");
}

/** The values that the discriminator at `path`, such as `….runner.kind`, may have. */
export function allowedKinds(schema: z.ZodType, path: readonly PropertyKey[], raw: unknown): string[] {
  const union = descend(schema, path.slice(0, -1), raw, false);
  return (union?.options ?? []).flatMap((option) =>
    (unwrap(unwrap(option)?.shape?.[String(path.at(-1))])?.values ?? []).map(String),
  );
}

/**
 * The part of the schema at `path`. A union on the way is narrowed by the value's `kind`; with `resolveLast`, a union
 * at the end too.
 */
function descend(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  raw: unknown,
  resolveLast: boolean,
): Definition | undefined {
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

/** The parts of a schema's `_zod.def` that are read here. */
interface Definition {
  type: string;
  shape?: Record<string, z.ZodType>;
  valueType?: z.ZodType;
  element?: z.ZodType;
  innerType?: z.ZodType;
  /** Of a `transform`: the schema of what is written. */
  in?: z.ZodType;
  options?: z.ZodType[];
  values?: unknown[];
}

/** A schema's definition without `optional`, `default`, `transform` and the like around it. */
function unwrap(schema: z.ZodType | undefined): Definition | undefined {
  let definition = schema?._zod.def as unknown as Definition | undefined;
  for (;;) {
    const inner: z.ZodType | undefined = definition?.innerType ?? definition?.in;
    if (!inner) return definition;
    definition = inner._zod.def;
  }
}
