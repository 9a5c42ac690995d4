import { homedir } from "node:os";
import { resolve } from "node:path";

/** A path of config with the home in place of `~`; a relative one stays so. */
export function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, homedir());
}

/** The absolute path of a file or folder that config names; a relative one is from the project's directory. */
export function resolveLocal(path: string): string {
  return resolve(expandHome(path));
}
