import { SshError } from "../../../components/ssh/ssh-error.js";
import { UserError } from "../../../components/shared/user-error.js";

/** What a verb printed, and how its process would have ended. */
export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a verb in this process, in a folder and with nobody at the terminal, as main.ts would. */
export async function saidBy(dir: string, verb: () => Promise<void>): Promise<Said> {
  const [out, err]: string[][] = [[], []];
  const kept = {
    log: console.log,
    write: process.stderr.write.bind(process.stderr),
    cwd: process.cwd(),
    code: process.exitCode,
  };
  const { isTTY } = process.stdin;
  process.chdir(dir);
  process.stdin.isTTY = false;
  console.log = (line: string) => void out!.push(line);
  process.stderr.write = (text: string | Uint8Array) => Boolean(err!.push(String(text)));
  process.exitCode = 0;
  try {
    await verb();
  } catch (error) {
    if (!(error instanceof UserError || error instanceof SshError)) throw error;
    err!.push(error.message);
    process.exitCode = 1;
  } finally {
    console.log = kept.log;
    process.stderr.write = kept.write;
    process.stdin.isTTY = isTTY;
    process.chdir(kept.cwd);
  }
  const exitCode = Number(process.exitCode);
  process.exitCode = kept.code;
  return { exitCode, stdout: out!.join("\n"), stderr: err!.join("") };
}
