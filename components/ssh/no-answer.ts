import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { SshSession } from "./session.js";
import { SshError, sshWords } from "./ssh-error.js";
import type { Target } from "./target.js";
import { wayTo } from "./way-to.js";

/** A name that is not found within so many seconds counts as not found. */
const lookupSeconds = 3;

/**
 * Explains an ssh that was given up before it said anything. ConnectTimeout bounds the connection and the handshake, but not
 * the search for the name (ssh_config(5)), which may take long for the `.local` name of a Pi that is off. Whatever else
 * hangs, hangs on a Pi that is on.
 */
export async function noAnswer(
  session: SshSession,
  target: Target,
  seconds: number,
  stderr: string,
): Promise<SshError> {
  const { name, address } = target;
  const host = isIP(address) ? undefined : await searchedName(session, target);
  if (host !== undefined && !(await isFound(host)))
    return new SshError(
      "unreachable",
      `${name} (${address}) can't be reached: no address is found for ${host}`,
    );
  const words = sshWords(stderr);
  return new SshError(
    "lost",
    `${name} (${address}) gave no answer within ${seconds} s${words ? `: ${words}` : ""}`,
  );
}

/** The name that ssh searches an address for, after the user's ssh config; `undefined` for an address or behind a proxy. */
async function searchedName(session: SshSession, target: Target): Promise<string | undefined> {
  const { host, isProxied } = await wayTo(session, target);
  return host && !isProxied && !isIP(host) ? host : undefined;
}

async function isFound(host: string): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(lookupSeconds * 1000, false, { signal: timer.signal }).catch(() => false);
  const found = lookup(host).then(
    () => true,
    () => false,
  );
  return Promise.race([found, late]).finally(() => timer.abort());
}
