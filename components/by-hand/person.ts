import { createInterface } from "node:readline/promises";
import { UserError } from "../shared/user-error.js";

/** Whoever sits at the terminal. */
export interface Person {
  /**
   * Asks a question and gives the answer, without white space around it.
   * @throws UserError at ctrl-C, ctrl-D, and when the terminal goes away
   */
  readonly ask: (question: string) => Promise<string>;
}

/** Undefined when nobody can be asked: stdin is no terminal. */
export function personAtTerminal(): Person | undefined {
  return process.stdin.isTTY ? { ask } : undefined;
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Older versions of Node leave a question open whose terminal went away.
  const closed = new Promise<never>((_, reject) => terminal.once("close", reject));
  try {
    return (await Promise.race([terminal.question(question), closed])).trim();
  } catch (cause) {
    throw new UserError("\nStopped: nothing else was written.", { cause });
  } finally {
    terminal.close();
  }
}
