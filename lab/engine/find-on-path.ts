import { access, constants, stat } from "node:fs/promises";
import { join } from "node:path";

/** The first executable file called `name` in the directories of PATH. */
export async function findOnPath(
  name: string,
  directories: readonly string[] = (process.env.PATH ?? "").split(":"),
): Promise<string | undefined> {
  for (const directory of directories) {
    if (directory === "") continue;
    const file = join(directory, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** True when `file` is a regular file (links followed) that this process may run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
