import { execa } from "execa";

/**
 * Runs a command in a terminal, with script(1), and answers its questions.
 * @param answers what is typed, by the words that a question ends with
 * @returns all that was on the terminal
 */
export async function atTerminal(
  argv: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
  cwd: string,
): Promise<{ exitCode: number | undefined; shown: string }> {
  const command = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const run = execa("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    ...{ cwd, reject: false, stdin: "pipe", all: true, timeout: 30_000, env: { npm_lifecycle_event: "pi" } },
  });
  const left = [...answers];
  let shown = "";
  let read = 0;
  run.all.on("data", (said: Buffer) => {
    shown += String(said);
    const [question, answer] = left[0] ?? [];
    const at = question === undefined ? -1 : shown.indexOf(question, read);
    if (at < 0) return;
    left.shift();
    read = at + question!.length;
    run.stdin.write(`${answer}\n`);
  });
  const { exitCode } = await run;
  return { exitCode, shown: shown.replaceAll("\r\n", "\n") };
}
