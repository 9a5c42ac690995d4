import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { exists } from "../lab/hosts/exists.js";
import { BenchError } from "./bench-error.js";

const figures = z.array(z.number());

const row = z.object({
  case: z.string(),
  hosts: z.number(),
  tool: z.string(),
  /** From the start of the command to its end. Each figure is a list of the runs. */
  wallSeconds: figures,
  /** User and system time of the deployer, its children included. */
  cpuSeconds: figures,
  /** The greatest sum of the resident memory of the deployer's processes. */
  peakBytes: figures,
  /** Successful ssh logins on a Pi, the mean of all Pis. */
  logins: figures,
  /** What all Pis together were sent over the network. */
  bytesCopied: figures,
  /** Lines that the command printed. */
  linesPrinted: figures,
});

const results = z.object({
  machine: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.number())])),
  rows: z.array(row),
  /** What was asked for and not measured, with the reason. */
  skipped: z.array(z.object({ what: z.string(), reason: z.string() })),
});

export type Row = z.output<typeof row>;
export type Results = z.output<typeof results>;
/** The figures of one run. */
export type Sample = { readonly [Figure in keyof Omit<Row, "case" | "hosts" | "tool">]: number };

export async function readResults(file: string): Promise<Results> {
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new BenchError(`The results can't be read: ${error.message}`);
  });
  try {
    return results.parse(JSON.parse(text));
  } catch (error) {
    throw new BenchError(`${file} holds no results of this bench: ${(error as Error).message}`);
  }
}

/** Keeps results in a file, as they come: what was measured before an interruption is not lost. */
export class ResultsFile {
  private constructor(
    private readonly file: string,
    readonly results: Results,
  ) {}

  /** Opens a file to add to it, or makes it. */
  static async open(file: string, machine: Results["machine"]): Promise<ResultsFile> {
    const before = (await exists(file)) ? await readResults(file) : { machine: {}, rows: [], skipped: [] };
    const opened = new ResultsFile(file, { ...before, machine: { ...machine, ...before.machine } });
    await opened.write();
    return opened;
  }

  async add(key: Pick<Row, "case" | "hosts" | "tool">, sample: Sample): Promise<void> {
    addSample(this.results.rows, key, sample);
    await this.write();
  }

  async skip(what: string, reason: string): Promise<void> {
    if (this.results.skipped.some((one) => one.what === what && one.reason === reason)) return;
    this.results.skipped.push({ what, reason });
    await this.write();
  }

  private async write(): Promise<void> {
    await writeFile(`${this.file}.new`, `${JSON.stringify(this.results, null, 1)}\n`);
    await rename(`${this.file}.new`, this.file);
  }
}

/** Adds one run to its row, which is made when there is none. */
export function addSample(rows: Row[], key: Pick<Row, "case" | "hosts" | "tool">, sample: Sample): void {
  const names = Object.keys(sample) as (keyof Sample)[];
  let own = rows.find((one) => one.case === key.case && one.hosts === key.hosts && one.tool === key.tool);
  if (own === undefined) {
    own = {
      ...key,
      ...(Object.fromEntries(names.map((name) => [name, []])) as unknown as Omit<Row, keyof typeof key>),
    };
    rows.push(own);
  }
  for (const name of names) own[name].push(sample[name]);
}
