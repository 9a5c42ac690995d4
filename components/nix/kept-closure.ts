import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { z } from "zod";
import type { Closure } from "./closure.js";

/** For how long a closure is kept: a deployment that was planned is over by then. */
const keptDays = 7;

const keptClosure = z.object({
  sizes: z.array(z.tuple([z.string(), z.number()])),
  boots: z.array(z.string()),
});

/**
 * Keeps what the program learned of a closure for the step that copies it, which then need not ask the build host again. A
 * store path has the same closure for ever.
 */
export async function keepClosure(toplevel: string, { sizes, boots }: Closure): Promise<void> {
  const folder = keptFolder();
  const file = fileOf(toplevel);
  const part = `${file}.${process.pid}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(part, JSON.stringify({ sizes: [...sizes], boots }));
    await rename(part, file);
    await removeOld(folder);
  } catch (error) {
    // Without it the step asks the build host, as it does for a closure that nobody asked about before.
    if (!isFileFault(error)) throw error;
  }
}

/** What was kept of a closure; `undefined` for one that was not. */
export async function closureKept(toplevel: string): Promise<Closure | undefined> {
  try {
    const { sizes, boots } = keptClosure.parse(JSON.parse(await readFile(fileOf(toplevel), "utf8")));
    return { sizes: new Map(sizes), boots, packages: undefined };
  } catch (error) {
    if (isFileFault(error) || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

function keptFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "pi-fleet/closures");
}

function fileOf(toplevel: string): string {
  return join(keptFolder(), `${basename(toplevel)}.json`);
}

async function removeOld(folder: string): Promise<void> {
  const limit = Date.now() - keptDays * 86_400_000;
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { mtimeMs } = await stat(file);
    if (mtimeMs < limit) await rm(file, { force: true });
  }
}

function isFileFault(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
