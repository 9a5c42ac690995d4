import { createInterface } from "node:readline/promises";

/** Whoever sits at the terminal. */
export interface Person {
  /** Asks a question and gives the answer, without white space around it. */
  readonly ask: (question: string) => Promise<string>;
}

/** Undefined when nobody can be asked: stdin is no terminal. */
export function personAtTerminal(): Person | undefined {
  return process.stdin.isTTY ? { ask } : undefined;
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}
