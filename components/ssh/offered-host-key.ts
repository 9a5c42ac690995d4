import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "../shared/run-process.js";
import { withTemporaryFolder } from "../shared/temporary-folder.js";
import { keyType } from "./public-key.js";
import { SshError, sshError } from "./ssh-error.js";
import { commonOptions, notForNix, signatureAlgorithms, sshOptions } from "./ssh-options.js";
import { destination, type Target } from "./target.js";

/** The types of a host key that config takes, the best first. */
const hostKeyTypes = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
];

/**
 * Asks a host for its host key, and proves that it holds the private half. Nobody logs in: no key and no agent is offered to
 * a host that is not known yet. The way there is that of any other connection, so a Host alias and a jump host of the
 * person's ssh config work, which ssh-keyscan does not read.
 * @param like a key of the type that is asked for first. @default the best type that the host has
 * @returns the key as one OpenSSH line, `ssh-ed25519 AAAA…`
 * @throws SshError when the host can't be reached, or has no key of a type that config takes
 */
export async function offeredHostKey(target: Target, connectSeconds: number, like = ""): Promise<string> {
  const first = keyType(like);
  const types = [...new Set([...(first ? [first] : []), ...hostKeyTypes])];
  return withTemporaryFolder("pi-fleet-", async (dir) => {
    const known = join(dir, "known");
    const argv = [
      ...sshOptions([
        // From OpenSSH 7.6 on: takes a key that is new, and still checks that the host can sign with it.
        "StrictHostKeyChecking=accept-new",
        `UserKnownHostsFile=${known}`,
        "GlobalKnownHostsFile=/dev/null",
        "KnownHostsCommand=none",
        "HashKnownHosts=no",
        `HostKeyAlias=${target.name}`,
        `HostKeyAlgorithms=${types.map(signatureAlgorithms).join(",")}`,
        "CheckHostIP=no",
        "VerifyHostKeyDNS=no",
        "NoHostAuthenticationForLocalhost=no",
        "GSSAPIKeyExchange=no",
        "PreferredAuthentications=none",
        "ControlPath=none",
      ]),
      ...commonOptions(connectSeconds),
      ...notForNix,
      ...(target.port ? ["-p", String(target.port)] : []),
      destination(target),
      "--",
      "true",
    ];
    const { stderr, reason } = await runProcess("ssh", argv, { timeoutSeconds: connectSeconds * 2 });
    const line = await readFile(known, "utf8").catch(() => "");
    const key = /^\S+ (\S+ \S+)/.exec(line)?.[1];
    if (key) return key;
    const offer = /no matching host key type found\. Their offer: (.*)/.exec(stderr)?.[1]?.trim();
    if (offer)
      throw new SshError(
        "host key",
        `${target.name} (${target.address}) has no host key of a type that config takes (${hostKeyTypes.join(", ")}), only ` +
          `${offer}. Make one on it: sudo ssh-keygen -A, and restart its sshd`,
      );
    throw sshError(target, stderr || reason);
  });
}
