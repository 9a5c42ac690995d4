import { parseOutcome } from "../protocol/outcome.js";

/** A Pi is waited for only until it was there once. */
export function mayAwaitFlash(pi: string, flags: string[]): boolean {
  if (!flags.includes("may-await-flash")) return false;
  const previous = process.env["PULUMI_COMMAND_STDOUT"];
  return previous === undefined || parseOutcome(pi, previous).status === "awaiting flash";
}
