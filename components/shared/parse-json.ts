import { type z } from "zod";
import { UserError } from "./user-error.js";

/**
 * Reads JSON that another program made.
 * @param source whose answer it is, for the error
 * @throws UserError that names the source and what is not as expected
 */
export function parseJson<T>(schema: z.ZodType<T>, json: string, source: string): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UserError(`${source} is not JSON`, { cause });
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new UserError(`${source} is of a form that this version does not know: ${formFaults(error)}`, {
    cause: error,
  });
}

/** What is not as a schema expects, with paths and without values. */
export function formFaults({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => `${path.map(String).join(".") || "all of it"}: ${message}`)
    .join("; ");
}
