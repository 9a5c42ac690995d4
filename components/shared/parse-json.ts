import { type z } from "zod";

/**
 * Reads JSON that another program made.
 * @param source whose answer it is, for the error
 * @throws Error that names the source and what is not as expected, never a value
 */
export function parseJson<T>(schema: z.ZodType<T>, json: string, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new Error(`${source} is not JSON`, { cause });
  }
  return parseAnswer(schema, value, source);
}

/** As `parseJson`, of what is parsed already. */
export function parseAnswer<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const faults = error.issues.map(({ path, message }) => `${path.map(String).join(".") || "all of it"}: ${message}`);
  throw new Error(`${source} is of a form that this version does not know: ${faults.join("; ")}`, { cause: error });
}
