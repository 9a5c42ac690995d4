import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { isOnPath } from "../../../components/shared/is-on-path.js";
import {
  framed,
  hasBegun,
  loginShellLine,
  noiseQuoted,
  readAnswer,
} from "../../../components/ssh/far-shell.js";
import { skip } from "../../skip.js";

// Line breaks, quotes of each kind, history expansion, variables, a glob, and what is special at a word's beginning.
const words = [
  "it's",
  'a "b"',
  "c!d",
  "line\nbreak",
  "$HOME `x` \\ #",
  "*",
  "~",
  "",
  "é",
  "{a,b}",
  "=x",
  "%1",
];
const script = 'for word; do printf "<%s>" "$word"; done; printf "%s|" "$(cat)"; echo to stderr >&2; exit 7';
const command = ["sh", "-c", script, "sh", ...words];
const input = "its own input\nof two lines";
const said = `${words.map((word) => `<${word}>`).join("")}${input}|`;

/** As sshd runs a command: the login shell, `-c`, and the command as one string (session.c, do_child). */
function asSshd(shell: readonly string[], text: string, { rest = input, env = {} } = {}) {
  const [program = "", ...args] = shell;
  const line = loginShellLine(Buffer.byteLength(text));
  return execa(program, [...args, "-c", line], { input: `${text}${rest}`, reject: false, env });
}

describe("a command for a far shell", () => {
  for (const shell of [["sh"], ["bash"], ["zsh"], ["tcsh"], ["fish"], ["busybox", "sh"]])
    it(`is run alike by ${shell.join(" ")}: words, input, stderr and exit code arrive`, async function () {
      if (!isOnPath(shell[0]!)) skip(this, `there is no ${shell[0]} on this machine`);
      const { stdout, stderr, exitCode } = await asSshd(shell, framed(command));
      deepEqual(readAnswer(stdout), { exitCode: 7, stdout: said, noise: "" });
      deepEqual([stderr, exitCode], ["to stderr", 7]);
    });

  it("may be longer than what fits into one argument of a program", async () => {
    const long = ["printf", "%.1s", "x".repeat(300_000)];
    const { stdout } = await asSshd(["sh"], framed(long));
    deepEqual(readAnswer(stdout), { exitCode: 0, stdout: "x", noise: "" });
  });

  it("is not run at all when it was cut on its way, wherever that was", async () => {
    const dir = await mkdtemp(join(tmpdir(), "pi-fleet-far-shell-"));
    try {
      const text = framed(["touch", join(dir, "a"), join(dir, "b")]);
      for (let bytes = 0; bytes < text.length - 1; bytes += 7) {
        const line = loginShellLine(text.length);
        await execa("sh", ["-c", line], { input: text.slice(0, bytes), reject: false });
      }
      const { stdout } = await execa("ls", [dir]);
      equal(stdout, "");
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("answers the same behind a shell that prints, and what that printed is known", async () => {
    const dir = await mkdtemp(join(tmpdir(), "pi-fleet-far-shell-"));
    try {
      await writeFile(join(dir, ".bashrc"), 'echo current=/nix/store/none; printf "Welcome to $HOSTNAME, "');
      // bash reads ~/.bashrc instead of BASH_ENV when it takes itself for a child of sshd, which depends on SHLVL.
      const env = { BASH_ENV: join(dir, ".bashrc"), HOME: dir, HOSTNAME: "box" };
      const { stdout } = await asSshd(["bash"], framed(["printf", "current=/nix/store/a\\n\\n"]), { env });
      deepEqual(readAnswer(stdout), {
        ...{ exitCode: 0, stdout: "current=/nix/store/a\n" },
        noise: "current=/nix/store/none\nWelcome to box,",
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe("an answer of a far shell", () => {
  const whole = async (...printf: string[]) => (await asSshd(["sh"], framed(["printf", ...printf]))).stdout;

  it("is not believed in part: without its end it is none", async () => {
    const text = await whole("a=1\\nb=2");
    for (let length = 0; length < text.length; length++)
      equal(readAnswer(text.slice(0, length)), undefined, text.slice(0, length));
    deepEqual(readAnswer(text), { exitCode: 0, stdout: "a=1\nb=2", noise: "" });
    deepEqual([hasBegun(text.slice(0, -9)), hasBegun("Welcome"), hasBegun("")], [true, false, false]);
  });

  it("may be empty, may repeat its own end, and may have words after it", async () => {
    deepEqual(readAnswer(await whole("")), { exitCode: 0, stdout: "", noise: "" });
    const once = await whole("x");
    deepEqual(readAnswer(await whole("%s", once)), { exitCode: 0, stdout: once, noise: "" });
    deepEqual(readAnswer(`${once}\nlogout\n`), { exitCode: 0, stdout: "x", noise: "" });
  });

  it("is quoted by the first words of its noise, without colours", () => {
    equal(noiseQuoted("\x1b[31mHi\x1b[0m there\nsecond"), '"Hi there"');
    equal(noiseQuoted("x".repeat(99)), `"${"x".repeat(60)}…"`);
  });
});
