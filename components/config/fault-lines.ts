import type { z } from "zod";
import { didYouMean } from "../shared/did-you-mean.js";
import { showPath, valueAt } from "./fault-path.js";
import { faultWording } from "./fault-wording.js";
import { foundText } from "./found-text.js";
import { allowedKeys, allowedKinds } from "./schema-walk.js";

/** What zod found wrong, one line each: path, what is wrong, what was found. `raw` is the input as the user wrote it. */
export function faultLines(error: z.ZodError, raw: unknown, schema: z.ZodType): string[] {
  return error.issues.flatMap((issue) => issueLines(issue, raw, schema));
}

function issueLines(issue: z.core.$ZodIssue, raw: unknown, schema: z.ZodType): string[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const allowed = allowedKeys(schema, path, raw);
    return issue.keys.map(
      (key) =>
        `${showPath([...path, key])}: unknown option${didYouMean(key, allowed) || "."}` +
        (allowed.length > 0 ? ` Allowed here: ${allowed.join(", ")}.` : ""),
    );
  }
  if (issue.code === "invalid_key") {
    const name = JSON.stringify(String(path.at(-1)));
    return issue.issues.map(({ message }) => `${showPath(path)}: ${message}. Found the name ${name}.`);
  }
  return [faultLine(path, faultWording(issue, valueAt(raw, path), allowedKinds(schema, path, raw)), raw)];
}

/** `hosts.pi-a.port: must be a whole number. Found "x".` */
export function faultLine(path: readonly PropertyKey[], message: string, raw: unknown): string {
  const sentence = /[.?]$/.test(message) ? message : `${message}.`;
  return `${showPath(path)}: ${sentence} ${foundText(path.at(-1), valueAt(raw, path))}`.trim();
}
