import { remote } from "../ssh/remote.js";
import type { SshSession } from "../ssh/session.js";
import type { Target } from "../ssh/target.js";
import { onPiScript } from "./scripts.js";

/** One generation of the system profile: nix-env(1), --list-generations. */
export interface Generation {
  readonly number: string;
  /** When it was made, such as `2026-11-21T16:16Z`. */
  readonly made: string;
  /** Its toplevel. */
  readonly system: string;
  /** `running`, `booted` (since the last restart), `default` (boots next) */
  readonly marks: readonly string[];
}

/** Lists the generations of a Pi's system profile, the newest first, over the session's shared connection. */
export async function listGenerations(
  session: SshSession,
  target: Target,
  connectSeconds: number,
): Promise<Generation[]> {
  const run = { input: onPiScript("generations.sh"), timeoutSeconds: connectSeconds * 2, shared: true };
  const { stdout } = await remote(session, target, ["sh", "-s"], run);
  return parseGenerations(stdout);
}

/** Reads what generations.sh prints. */
export function parseGenerations(text: string): Generation[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [number = "", made = "", system = "", ...marks] = line.split(" ");
      return { number, made, system, marks };
    });
}
