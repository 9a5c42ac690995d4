import type { Outcome } from "../protocol/outcome.js";
import { isSameLogin } from "../ssh/logins.js";
import type { Destination, Target } from "../ssh/target.js";

/** A Pi is not looked for at more logins of before than these. */
const most = 3;

/**
 * The target of a Pi with the logins that it may still have. A run that changes the login adds the one of the run
 * before, and later runs keep it, so that they plan no difference. After a failure it is not known which one the Pi has,
 * so the older ones stay too.
 */
export function withFormerLogins(
  wanted: Target,
  last: Target | undefined,
  outcome: Pick<Outcome, "status"> | undefined,
): Target {
  // A Pi that waits for its card was never logged in to.
  if (!last || !outcome || outcome.status === "awaiting flash") return wanted;
  const before = last.former ?? [];
  const candidates = isSameLogin(wanted, last)
    ? before
    : [last, ...(outcome.status === "failed" ? before : [])];
  const former = candidates
    .filter((one, index) => !isSameLogin(one, wanted) && candidates.findIndex(same(one)) === index)
    .slice(0, most)
    .map(({ address, user, port }) => ({ address, user, port }));
  return former.length > 0 ? { ...wanted, former } : wanted;
}

function same(login: Destination): (other: Destination) => boolean {
  return (other) => isSameLogin(login, other);
}
