import type { z } from "zod";
import { didYouMean } from "../shared/did-you-mean.js";

type Issue = z.core.$ZodIssue;

/**
 * What is wrong. A message of our schema is kept; a message of zod's own is replaced.
 * @param kinds the allowed values of `kind`, when the issue is about a union
 */
export function faultWording(issue: Issue, found: unknown, kinds: readonly string[]): string {
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  if (issue.code === "invalid_value") return oneOf(issue.values.map(String), found);
  if (issue.code === "invalid_union") return oneOf(kinds, found);
  if (found === undefined) return "is missing";
  return issue.code === "invalid_type" ? `must be ${withArticle(issue.expected)}` : issue.message;
}

function oneOf(values: readonly string[], found: unknown): string {
  if (found === undefined) return `is missing; it is one of ${values.join(", ")}`;
  return `must be one of ${values.join(", ")}${typeof found === "string" ? didYouMean(found, values) : ""}`;
}

function withArticle(type: string): string {
  const names: Record<string, string> = {
    record: "a map",
    object: "a map",
    array: "a list",
    int: "a whole number",
    number: "a number",
  };
  return names[type] ?? `a ${type}`;
}
