import { execa } from "execa";
import { childEnvironment } from "../shared/child-environment.js";
import { answerBegins, answerEnds, framed, loginShellLine } from "./far-shell.js";
import type { SshSession } from "./session.js";
import { cutAnswer, sshError } from "./ssh-error.js";
import { destination, type Target } from "./target.js";

/** A login shell that prints more than this before our command runs will not end. */
const longestNoise = 1 << 20;

export interface FarFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Reads a file of the host, as bytes. `remote` is for text: it keeps an answer in memory.
 * @param timeoutSeconds the limit for all of it
 * @throws SshError when ssh failed or the file did not come to its end
 */
export async function* receive(
  session: SshSession,
  target: Target,
  { path, bytes }: FarFile,
  timeoutSeconds: number,
): AsyncGenerator<Buffer> {
  const text = framed(["cat", "--", path]);
  const argv = [
    ...session.loginOptions(session.logins[0]!),
    ...session.options(target),
    ...["-o", "ControlPath=none"],
    destination(target),
    "--",
    loginShellLine(Buffer.byteLength(text)),
  ];
  const ssh = execa("ssh", argv, {
    input: text,
    env: childEnvironment(),
    extendEnv: false,
    reject: false,
    encoding: "buffer",
    buffer: { stdout: false, stderr: true },
    timeout: timeoutSeconds * 1000,
  });
  let left = bytes;
  let begun = false;
  let end = Buffer.alloc(0);
  try {
    for await (const chunk of afterNoise(ssh.stdout)) {
      begun = true;
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length > 0) yield part;
      end = Buffer.concat([end, chunk.subarray(part.length)]);
    }
  } finally {
    ssh.kill();
  }
  // A file that is shorter would have our own words at its end.
  if (left === 0 && end.equals(answerEnds)) return;
  const { timedOut, stderr, originalMessage } = await ssh;
  const words = Buffer.from(stderr).toString();
  if (begun || timedOut) throw cutAnswer(target, timedOut ? timeoutSeconds : undefined, words);
  throw sshError(target, words || (originalMessage ?? ""));
}

/** What comes after the line that says that our command answers now. */
async function* afterNoise(output: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let noise: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output) {
    if (!noise) {
      yield chunk;
      continue;
    }
    noise = Buffer.concat([noise, chunk]);
    const found = noise.indexOf(answerBegins);
    if (found >= 0) {
      yield noise.subarray(found + answerBegins.length);
      noise = undefined;
    } else if (noise.length > longestNoise) return;
  }
}
