import { loginsOf } from "../ssh/logins.js";
import type { SshSession } from "../ssh/session.js";
import type { Target } from "../ssh/target.js";
import { observe, type Observation } from "./observe.js";

/**
 * Asks a Pi for its status by the login that config wants, and then by those of before: the new system may be what
 * changes the login. What the wanted login says counts when no login works.
 */
export async function observeByLogin(
  session: SshSession,
  target: Target,
  timeoutSeconds: number,
): Promise<Observation> {
  const [wanted, ...former] = loginsOf(target);
  const byWanted = await observe(session, wanted, timeoutSeconds);
  if (byWanted.kind === "seen") return byWanted;
  for (const login of former) {
    const seen = await observe(session, login, timeoutSeconds);
    if (seen.kind === "seen") return { ...seen, former: { login, message: byWanted.message } };
  }
  return byWanted;
}
