// npm run bench: see options.ts for what can be said to it.
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { requireMachine } from "../lab/hosts/machine.js";
import { BenchError } from "./bench-error.js";
import { measureEachSize } from "./each-size.js";
import { isPlain, measureHere } from "./in-lab.js";
import { HELP, type Options, readOptions } from "./options.js";
import { plot } from "./plot.js";
import { readResults } from "./results.js";
import { machineLines, resultsTable } from "./table.js";

async function main(argv: readonly string[]): Promise<number> {
  const [verb, file = "", ...more] = argv;
  switch (verb) {
    case "help":
    case "--help":
    case "-h":
      console.log(HELP);
      return 0;
    case "table":
    case "plot": {
      if (file === "" || more.length > 0) throw new BenchError(`Name one file of results.\n${HELP}`);
      const results = await readResults(file);
      console.log(verb === "table" ? `${resultsTable(results)}\n\n${machineLines(results)}` : plot(results));
      return 0;
    }
    case undefined:
    default:
      return run(readOptions(argv));
  }
}

/** Measures as asked, in labs of its own unless the options say otherwise, and shows the results. */
async function run(options: Options): Promise<number> {
  await requireMachine();
  const json = resolve(options.json ?? join(tmpdir(), `pi-fleet-bench-${process.pid}.json`));
  const complete = options.here ? await measureHere(options, json) : await measureEachSize(options, json);
  if (!options.here) {
    const results = await readResults(json);
    console.log(`\n${resultsTable(results)}\n\n${machineLines(results)}`);
  }
  if (options.json === undefined) await rm(json, { force: true });
  return complete ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `${isPlain(error) ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    );
    process.exit(1);
  },
);
