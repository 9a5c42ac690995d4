import { onPiScript } from "./scripts.js";
import { type SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";
import { parseStatus, type PiStatus } from "./status.js";

/** What came of asking a Pi for its status. */
export type Observation =
  | {
      readonly kind: "seen";
      readonly status: PiStatus;
      /** What its login shell printed on stdout by itself; it was skipped. */
      readonly noise?: string;
      readonly former?: FormerLogin;
    }
  /** The network says that nobody answers there. Nothing else counts as off. */
  | { readonly kind: "off"; readonly message: string }
  /** Whether it is off can't be known, or it is on and its status can't be read. */
  | { readonly kind: "unreadable"; readonly message: string };

/** A Pi answers by a login of before alone. */
export interface FormerLogin {
  readonly login: Target;
  /** Why it does not answer by the wanted one. */
  readonly message: string;
}

/**
 * Asks a Pi for its status over one connection. Never throws for what is wrong with a Pi or with the way to it.
 * @param options.shared through the shared connection. @default a fresh one
 * @param options.next the system that is to be booted next. @default the profile's
 */
export async function observe(
  session: SshSession,
  target: Target,
  timeoutSeconds: number,
  { shared = false, next }: { shared?: boolean; next?: string } = {},
): Promise<Observation> {
  try {
    const result = await remote(session, target, ["sh", "-s", ...(next ? ["--", next] : [])], {
      input: onPiScript("status.sh"),
      // `timeoutSeconds` bounds the connection; a Pi that is busy may take as long again to answer.
      timeoutSeconds: timeoutSeconds * 2,
      shared,
    });
    if (result.exitCode !== 0)
      return {
        kind: "unreadable",
        message: `${target.name}: status.sh failed: ${result.stderr.slice(0, 300)}`,
      };
    const { stdout, noise } = result;
    return { kind: "seen", status: parseStatus(stdout), ...(noise ? { noise } : {}) };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return { kind: error.reason === "unreachable" ? "off" : "unreadable", message: error.message };
  }
}
