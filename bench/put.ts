import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { host } from "../lab/hosts/index.js";
import { BenchError } from "./bench-error.js";

const script = fileURLToPath(new URL("put.sh", import.meta.url));

/** Sets a Pi back or forth to a system that it has, as somebody beside it would: no login, nothing of it is measured. */
export async function put(pi: string, toplevel: string, kept: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await host(pi).run(["sh", "-s", toplevel, ...kept], {
    input: await readFile(script, "utf8"),
  });
  if (exitCode !== 0)
    throw new BenchError(`${pi} can't be put to ${toplevel}: ${String(stdout)} ${String(stderr)}`);
}
