import { execa } from "execa";
import { freeMemory, requireMemory } from "../lab/hosts/capacity.js";
import { warmUp } from "../lab/warm-up.js";
import { makeCopy } from "./copy.js";
import { type Options, optionsWithin } from "./options.js";
import { isPlain } from "./in-lab.js";
import { ResultsFile } from "./results.js";

const say = (line: string) => process.stderr.write(`bench: ${line}\n`);

/**
 * Measures each size of fleet in a lab and a copy of the checkout of its own, one after the other. Gives false when
 * something could not be measured. An interruption ends the lab too.
 */
export async function measureEachSize(options: Options, json: string): Promise<boolean> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
  const commit = (await execa("git", ["rev-parse", "--short", "HEAD"], { reject: false })).stdout;
  const results = await ResultsFile.open(json, commit ? { commit } : {});
  await warmUp(say);
  let complete = true;
  for (const hosts of options.hosts) {
    if (stop.signal.aborted) return false;
    try {
      // The lab has a NAS too.
      requireMemory(hosts + 1, await freeMemory());
    } catch (error) {
      if (!isPlain(error)) throw error;
      say(`${hosts} Pis are left out: ${error.message}`);
      await results.skip(`${hosts} Pis`, error.message);
      continue;
    }
    complete = (await measureSize(hosts, options, json, stop.signal)) && complete;
  }
  return complete && !stop.signal.aborted;
}

/** A process for each size, since the size of a lab is the same for the life of a process. */
async function measureSize(
  hosts: number,
  options: Options,
  json: string,
  cancelSignal: AbortSignal,
): Promise<boolean> {
  const copy = await makeCopy();
  const inCopy = (...argv: string[]) => ["--import=tsx", ...argv];
  const there = { cwd: copy.dir, env: { PI_FLEET_LAB_HOSTS: String(hosts) }, stdin: "ignore" } as const;
  try {
    const { exitCode } = await execa(
      process.execPath,
      inCopy("bench/main.ts", ...optionsWithin(options, json)),
      { ...there, stdout: "inherit", stderr: "inherit", reject: false, cancelSignal },
    );
    return exitCode === 0;
  } finally {
    if (options.keep && hosts === options.hosts.at(-1) && !cancelSignal.aborted) {
      say(
        `the lab is up. In ${copy.dir}: PI_FLEET_LAB_HOSTS=${hosts} npm run lab -- status, and … down at the end`,
      );
    } else {
      await execa(process.execPath, inCopy("lab/cli.ts", "down"), there);
      await copy.remove();
    }
  }
}
