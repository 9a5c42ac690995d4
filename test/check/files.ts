import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

const neverOurs = /(^|\/)(node_modules|dist|\.git|\.run|result)(\/|$)/;

/** The files of this checkout that are not ignored by git, committed or not. */
export async function sourceFiles(): Promise<string[]> {
  const { stdout, failed } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    reject: false,
  });
  // Not a git checkout (an unpacked archive), or one that belongs to another user.
  const files = failed ? readdirSync(".", { recursive: true, encoding: "utf8" }) : stdout.split("\n");
  return files.filter((file) => !neverOurs.test(file) && existsSync(file)).sort();
}

/** Whether a file is a shell script, by its name or its first line. */
export function isShellScript(file: string): boolean {
  if (/\.(sh|bash)$/.test(file)) return true;
  return /^#! *(\/usr)?\/bin\/(env +)?(sh|bash|dash)\b/.test(firstBytes(join(".", file)));
}

function firstBytes(file: string): string {
  const buffer = Buffer.alloc(64);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    return buffer.toString("latin1", 0, readSync(descriptor, buffer));
  } catch {
    return ""; // a directory, or a link to nowhere
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
