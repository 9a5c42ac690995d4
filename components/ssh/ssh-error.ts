import { fingerprint } from "./public-key.js";
import { type Target } from "./target.js";

/** Ssh itself failed, whatever the command on the host did. The message says what a person can do. */
export class SshError extends Error {
  override name = "SshError";
  constructor(
    readonly reason: "unreachable" | "host key" | "refused login" | "lost",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Explains OpenSSH's stderr in one sentence that says what to do. */
export function sshError(target: Target, stderr: string): SshError {
  const words = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (
    /HOST IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key type/i.test(stderr)
  ) {
    const offered = /sent by the remote host is\s+(SHA256:\S+?)\.?\s/.exec(stderr)?.[1];
    const expected = target.hostKey ? fingerprint(target.hostKey) : "what your known_hosts says";
    return new SshError(
      "host key",
      `${target.name} (${target.address}) shows another host key, so nothing was sent to it: expected ${expected}, ` +
        `got ${offered ?? "a key of another kind"}. If the Pi was reflashed on purpose, flash it with this stack's bundle ` +
        `or set hosts.${target.name}.hostKey to the new key; if not, somebody may be in between.`,
    );
  }
  if (/Permission denied|Too many authentication failures/i.test(stderr)) {
    return new SshError(
      "refused login",
      `${target.name} (${target.address}) does not let ${target.user ?? "your user"} in with the fleet's deploy key or your own keys: ` +
        `add the stack's deployPublicKey to its authorized keys, or load your key into your ssh agent.`,
    );
  }
  const reason =
    words.findLast((line) => /timed out|refused|resolve|route|unreachable|closed|reset/i.test(line)) ??
    words.at(-1) ??
    "";
  return new SshError(
    "unreachable",
    `${target.name} (${target.address}) can't be reached: ${reason || "ssh ended without a word"}`,
  );
}
