import { onPiScript } from "./scripts.js";
import { type SshSession } from "../ssh/session.js";
import { remote } from "../ssh/remote.js";
import { SshError } from "../ssh/ssh-error.js";
import { type Target } from "../ssh/target.js";
import { parseStatus, type PiStatus } from "./status.js";

/** How a probe ended. */
export type Observation =
  | { readonly kind: "seen"; readonly status: PiStatus }
  | { readonly kind: "off"; readonly message: string }
  | { readonly kind: "unreadable"; readonly message: string };

/** Asks a Pi for its status over one connection; `next` is a system that is to be booted next. Never throws for what a Pi or the way to it does. */
export async function observe(
  session: SshSession,
  target: Target,
  timeoutSeconds: number,
  { shared = false, next }: { shared?: boolean; next?: string } = {},
): Promise<Observation> {
  try {
    const result = await remote(session, target, ["sh", "-s", ...(next ? ["--", next] : [])], {
      input: onPiScript("status.sh"),
      // The connection is bounded by itself; a Pi that is busy may take as long again to answer.
      timeoutSeconds: timeoutSeconds * 2,
      shared,
    });
    if (result.exitCode !== 0)
      return {
        kind: "unreadable",
        message: `${target.name}: status.sh failed: ${result.stderr.slice(0, 300)}`,
      };
    return { kind: "seen", status: parseStatus(result.stdout) };
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    return {
      kind: error.reason === "unreachable" || error.reason === "lost" ? "off" : "unreadable",
      message: error.message,
    };
  }
}
