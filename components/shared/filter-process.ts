import type { Duplex } from "node:stream";
import { execa } from "execa";
import { childEnvironment } from "./child-environment.js";

/**
 * Starts a program that reads bytes on stdin and writes bytes on stdout, such as `zstd -dc`. The stream fails with the
 * program's own words when it is not there, or does not end well.
 * @param program a path, or a name that is looked for on PATH
 */
export function filterProcess(program: string, argv: readonly string[]): Duplex {
  const options = {
    buffer: { stdout: false, stderr: true },
    encoding: "buffer",
    env: childEnvironment(),
    extendEnv: false,
  } as const;
  return execa(program, argv, options).duplex();
}
