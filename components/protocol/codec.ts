import type { z } from "zod";
import { canonicalJson } from "../shared/canonical-json.js";
import { cutText, variableBytes } from "../shared/cut-text.js";

/** How a value crosses from the program to a step: as the text of one environment variable. */
export interface Codec<T> {
  readonly encode: (value: T) => string;
  /** @throws ZodError or SyntaxError for a text that `encode` does not write */
  readonly decode: (text: string) => T;
}

export const text: Codec<string> = { encode: (value) => value, decode: (value) => value };

/** A text that may be long, such as what a program said: one variable of the environment holds it all the same. */
export const longText: Codec<string> = {
  encode: (value) => cutText(value, variableBytes),
  decode: (value) => value,
};

export function oneOf<T extends string>(schema: z.ZodType<T>): Codec<T> {
  return { encode: (value) => value, decode: (value) => schema.parse(value) };
}

/** JSON with sorted keys, so that the same value is the same text. */
export function json<T>(schema: z.ZodType<T>): Codec<T> {
  return { encode: canonicalJson, decode: (value) => schema.parse(JSON.parse(value)) };
}
