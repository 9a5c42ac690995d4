import { stripVTControlCharacters } from "node:util";
import { shellQuote } from "./shell-quote.js";

/**
 * What the login shell of a far user is told. sshd passes a command to the login shell as one string (sshd(8)), and that
 * may be tcsh, fish or nushell, with rules of their own for quotes, line breaks and `!`. All of them take this line alike:
 * it has plain words and one string in single quotes. The command itself comes on stdin, where only sh reads it.
 *
 * dd with `bs=1` takes exactly these bytes from a pipe and leaves the rest to the command. The `head -c` of busybox does
 * not: it reads ahead (busybox coreutils/head.c).
 */
export function loginShellLine(bytes: number): string {
  return `sh -c 'eval "$(dd bs=1 count=${bytes} 2>/dev/null)"'`;
}

const begin = "--- pi-fleet: the answer begins ---";
const end = "--- pi-fleet: the answer ends ---";

/**
 * The command as the text that `loginShellLine` reads. The answer stands between two lines of ours, because a login shell
 * may print on stdout too. In braces, a text that was cut on its way is a syntax error, and nothing of it is run.
 */
export function framed(command: readonly string[]): string {
  return `{
printf '%s\\n' '${begin}'
${shellQuote(command)}
code=$?
printf '\\n%s %s\\n' '${end}' "$code"
exit "$code"
}
`;
}

/** What a far command said and how it ended. */
export interface Answer {
  readonly exitCode: number;
  /** Without the last line break. */
  readonly stdout: string;
  /** What the login shell printed before; the empty string for nothing. */
  readonly noise: string;
}

/**
 * Reads what a command that was `framed` printed.
 * @returns `undefined` when the answer is not whole: then nothing of it counts
 */
export function readAnswer(stdout: string): Answer | undefined {
  const start = stdout.indexOf(`${begin}\n`);
  const last = stdout.lastIndexOf(`\n${end} `);
  const exitCode = /^\d+/.exec(stdout.slice(last + end.length + 2))?.[0];
  const from = start + begin.length + 1;
  if (start < 0 || last < from - 1 || exitCode === undefined) return undefined;
  return {
    exitCode: Number(exitCode),
    stdout: stdout.slice(from, Math.max(from, last)).replace(/\n$/, ""),
    noise: stdout.slice(0, start).trim(),
  };
}

/** What to do about a login shell that prints, for the end of a sentence. */
export const quietShell =
  "A login shell must print nothing when nobody types into it: in its startup file (such as ~/.bashrc, ~/.tcshrc or " +
  "/etc/profile), let only an interactive shell print.";

/** The first words of what a login shell printed, in quotes. */
export function noiseQuoted(noise: string): string {
  const [line = ""] = stripVTControlCharacters(noise).trim().split("\n");
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
}

/** The line after which a command answers, and what comes after the answer of one that ended well. */
export const [answerBegins, answerEnds] = [Buffer.from(`${begin}\n`), Buffer.from(`\n${end} 0\n`)];

/** Whether a command began to answer: then the login went well, whatever came after it. */
export function hasBegun(stdout: string): boolean {
  return stdout.includes(`${begin}\n`);
}
