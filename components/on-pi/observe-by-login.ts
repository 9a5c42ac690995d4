import { loginsOf } from "../ssh/logins.js";
import type { SshSession } from "../ssh/session.js";
import type { Target } from "../ssh/target.js";
import { observe, type Observation } from "./observe.js";

/**
 * Asks a Pi for its status by the login that config wants, and then by those of before: the new system may be what
 * changes the login. When no login works, what the wanted one says counts, unless that is "off" and a login of before
 * says something else.
 */
export async function observeByLogin(
  session: SshSession,
  target: Target,
  timeoutSeconds: number,
): Promise<Observation> {
  const [wanted, ...former] = loginsOf(target);
  const byWanted = await observe(session, wanted, timeoutSeconds);
  if (byWanted.kind === "seen") return byWanted;
  let unseen = byWanted;
  for (const login of former) {
    const seen = await observe(session, login, timeoutSeconds);
    if (seen.kind === "seen") return { ...seen, former: { login, message: byWanted.message } };
    if (unseen.kind === "off") unseen = seen;
  }
  return unseen;
}
