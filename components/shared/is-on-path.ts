import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether PATH has a program of this name that may be executed, found without starting it. */
export function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((dir) => isExecutable(join(dir, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
