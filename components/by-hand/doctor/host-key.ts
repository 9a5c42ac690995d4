import type { PiAccess } from "../../protocol/access.js";
import { offeredHostKey } from "../../ssh/offered-host-key.js";
import { fingerprint, keyIdentity } from "../../ssh/public-key.js";
import { SshError } from "../../ssh/ssh-error.js";
import type { Target } from "../../ssh/target.js";
import { commandName } from "../help.js";
import { wrong, type Finding } from "./finding.js";

/** Asks a Pi that shows a wrong key which one that is. */
export async function hostKeyFinding(
  target: Target,
  pis: Readonly<Record<string, PiAccess>>,
  connectSeconds: number,
): Promise<Finding> {
  try {
    const key = await offeredHostKey(target, connectSeconds, target.hostKey);
    return wrongKey(target, key, pis);
  } catch (error) {
    if (error instanceof SshError) return wrong("host key", error.message);
    throw error;
  }
}

/** What a wrong host key means: another Pi of the fleet, or one that was flashed anew. */
export function wrongKey(
  { name, address, hostKey }: Target,
  key: string,
  pis: Readonly<Record<string, PiAccess>>,
): Finding {
  const owner = Object.values(pis).find(
    ({ target }) =>
      target.name !== name &&
      target.hostKey !== undefined &&
      keyIdentity(target.hostKey) === keyIdentity(key),
  )?.target.name;
  if (owner)
    return wrong(
      "host key",
      `what answers at ${address} shows the host key of ${owner}, ${fingerprint(key)}`,
      `Either ${owner}'s card, or a copy of it, is in this Pi, or hosts.${name}.address leads to ${owner}`,
    );
  const expected = hostKey ? fingerprint(hostKey) : "one of your known_hosts";
  return wrong(
    "host key",
    `it shows ${fingerprint(key)}, which is no key of this fleet; ${expected} was expected`,
    `If its card was flashed without this stack's first-boot bundle, or the bundle was not consumed: flash it with that, or take ` +
      `the new key with ${commandName()} adopt ${name} --replace. If nobody flashed it, another machine has its address, or ` +
      `somebody is in between: nothing was sent to it`,
  );
}
