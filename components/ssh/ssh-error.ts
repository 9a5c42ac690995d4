import { fingerprint } from "./public-key.js";
import { type Target } from "./target.js";

/** What kept ssh from doing its work. */
export type SshFailure =
  /** The network says that nobody answers: the host is off, or away. */
  | "unreachable"
  | "host key"
  | "refused login"
  /** A connection stood, and broke or fell silent. */
  | "lost"
  /** Anything else. It never means that the host is off. */
  | "unknown";

/** Ssh itself failed, whatever the command on the host did. The message says what a person can do. */
export class SshError extends Error {
  override name = "SshError";
  constructor(
    readonly reason: SshFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** strerror(3) of a connect(2) that nobody answered: of glibc and musl, and of macOS. */
const silence =
  /(Connection timed out|Operation timed out|Connection refused|No route to host|Host is unreachable|Network (is )?unreachable|Network is down|Host is down)\s*$/;

/**
 * Whether OpenSSH's line says that nobody answers at the host's address, or that its name has none. A jump host says the
 * same of the host behind it when it opens the channel. sshconnect.c, ssh.c (resolve_host), channels.c.
 */
function saysOff(line: string): boolean {
  if (/^ssh: Could not resolve hostname /.test(line)) return true;
  return (
    /^(ssh: connect to host |channel \d+: open failed: connect failed: )/.test(line) && silence.test(line)
  );
}

/** What OpenSSH says of the connection itself, not of its cause: packet.c (sshpkt_vfatal) names a proxy's end so. */
const proxyEnded = /^Connection (closed|reset) by UNKNOWN port|^stdio forwarding failed/;

/** Lines that tell nothing of a failure. */
const chatter = /^(\*\* |Warning: Permanently added |debug\d: )/;

function linesOf(stderr: string): string[] {
  return stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !chatter.test(line));
}

/** The lines of ssh's stderr that a person should see, at most three of them, in one. */
export function sshWords(stderr: string): string {
  return linesOf(stderr).slice(-3).join(" / ");
}

/** Explains OpenSSH's stderr in one sentence that says what to do. */
export function sshError(target: Target, stderr: string): SshError {
  const lines = linesOf(stderr);
  const where = `${target.name} (${target.address})`;
  if (
    lines.some((line) =>
      /HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|Host key verification failed|no matching host key type/i.test(
        line,
      ),
    )
  )
    return new SshError("host key", anotherHostKey(target, where, stderr));
  if (lines.some((line) => /^\S+: Permission denied \(|Too many authentication failures/.test(line)))
    return new SshError(
      "refused login",
      `${where} does not let ${target.user ?? "your user"} in with the fleet's deploy key or your own keys: ` +
        `add the stack's deployPublicKey to its authorized keys, or load your key into your ssh agent.`,
    );

  const off = lines.findLast(saysOff);
  const byProxy = lines.some((line) => proxyEnded.test(line));
  const ofJumpHost = byProxy && off !== undefined && !off.startsWith("channel ");
  if (off !== undefined && !ofJumpHost)
    return new SshError("unreachable", `${where} can't be reached: ${off}`);
  if (
    lines.some((line) =>
      /^Timeout, server |^client_loop: |^Connection to \S+ closed by remote host/.test(line),
    )
  )
    return new SshError("lost", `the connection to ${where} was lost: ${lines.at(-1)}`);
  return new SshError("unknown", `ssh to ${where} fails: ${causeOf(lines, byProxy)}`);
}

function anotherHostKey({ name, hostKey, option }: Target, where: string, stderr: string): string {
  const key = `${option ?? `hosts.${name}`}.hostKey`;
  if (!hostKey && /No \S+ host key is known for/.test(stderr))
    return (
      `the host key of ${where} is not known, so nothing was sent to it. Give it as ${key}, which ssh-keyscan shows, or log ` +
      `in once by hand and accept it.`
    );
  const offered = /sent by the remote host is\s+(SHA256:\S+?)\.?\s/.exec(stderr)?.[1];
  const expected = hostKey ? fingerprint(hostKey) : "what your known_hosts says";
  const renewed = option
    ? `If its key was made anew, set ${key} to the new one`
    : `If the Pi was reflashed on purpose, flash it with this stack's bundle or set ${key} to the new key`;
  return (
    `${where} shows another host key, so nothing was sent to it: expected ${expected}, ` +
    `got ${offered ?? "a key of another kind"}. ${renewed}; if not, somebody may be in between.`
  );
}

/** Ssh's own words, with what to do where that is known. */
function causeOf(lines: readonly string[], byProxy: boolean): string {
  const words = lines.slice(-3).join(" / ");
  if (!words) return 'ssh ended without a word. Does an ssh config say "LogLevel QUIET"?';
  if (/^spawn ssh ENOENT/.test(words)) return "there is no `ssh` on this machine. Install OpenSSH's client.";
  if (
    lines.some((line) =>
      /Bad configuration option|Bad owner or permissions|bad configuration options/.test(line),
    )
  )
    return `ssh does not take your ssh config: ${words}`;
  if (byProxy) return `the way to it, by a jump host or a proxy of your ssh config, fails: ${words}`;
  if (lines.some((line) => /^kex_exchange_identification: |during banner exchange$/.test(line)))
    return `something listens there and is not ready for ssh, such as a host that starts or is overloaded: ${words}`;
  return words;
}

/** An answer that has no end: the connection broke, or the time was up, while the command ran. */
export function cutAnswer({ name, address }: Target, limit: number | undefined, stderr: string): SshError {
  const words = limit === undefined ? sshWords(stderr) : `it takes longer than ${limit} s`;
  return new SshError(
    "lost",
    `${name} (${address}) began to answer and did not end${words ? `: ${words}` : ""}`,
  );
}

/** A login that went well, after which sh never ran our command. */
export function otherShell({ name, address, user }: Target, exitCode: number, words: string): SshError {
  return new SshError(
    "unknown",
    `${name} (${address}): the login shell of ${user ?? "your user"} did not run our command, which sh and dd run ` +
      `(exit code ${exitCode}), and says: ${sshWords(words) || "nothing"}`,
  );
}
