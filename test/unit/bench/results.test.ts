import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plot } from "../../../bench/plot.js";
import { readResults, type Results, ResultsFile } from "../../../bench/results.js";
import { median } from "../../../bench/statistics.js";
import { machineLines, resultsTable } from "../../../bench/table.js";

const sample = (wallSeconds: number) => ({
  ...{ wallSeconds, cpuSeconds: 4.04, peakBytes: 250e6, logins: 3 },
  ...{ bytesCopied: 123_456, linesPrinted: 40 },
});

describe("results of the bench", () => {
  let dir: string;
  let file: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "pi-fleet-results-"));
    file = join(dir, "results.json");
  });

  afterEach(() => rm(dir, { recursive: true }));

  async function written(): Promise<Results> {
    const results = await ResultsFile.open(file, { processors: 2, load: [1, 2, 3] });
    for (const seconds of [12, 10, 11]) {
      await results.add({ case: "all", hosts: 10, tool: "ours" }, sample(seconds));
      await results.add({ case: "all", hosts: 10, tool: "xargs" }, sample(seconds * 2));
    }
    await results.add({ case: "all", hosts: 2, tool: "ours" }, sample(3));
    await results.skip("colmena", "there is none");
    return readResults(file);
  }

  it("are in the file as they come, each figure a list of the runs", async () => {
    const { rows } = await written();
    deepEqual(
      rows.map((row) => [row.case, row.hosts, row.tool, row.wallSeconds]),
      [
        ["all", 10, "ours", [12, 10, 11]],
        ["all", 10, "xargs", [24, 20, 22]],
        ["all", 2, "ours", [3]],
      ],
    );
    const again = await ResultsFile.open(file, { processors: 4 });
    await again.add({ case: "all", hosts: 2, tool: "ours" }, sample(5));
    const { machine, rows: more } = await readResults(file);
    equal(machine["processors"], 2);
    deepEqual(more.at(-1)?.wallSeconds, [3, 5]);
  });

  it("refuse to be added to another file", async () => {
    await writeFile(file, '{ "rows": [] }');
    await rejects(ResultsFile.open(file, {}), /holds no results of this bench/);
    equal(await readFile(file, "utf8"), '{ "rows": [] }');
    await rejects(readResults(join(dir, "nothing.json")), /can't be read/);
  });

  it("are a table of medians and spreads, by case and size, beside our own time", async () => {
    const results = await written();
    const lines = resultsTable(results).split("\n");
    match(lines[0] ?? "", /\| case \| Pis \| tool +\| wall s +\| ÷ ours \|/);
    match(lines[2] ?? "", /\| all +\| 2 +\| ours +\| 3\.0 +\| +\| 4\.0 +\| 250 +\| 3\.0 +\| 0\.12 +\| 40 /);
    match(lines[3] ?? "", /\| all +\| 10 +\| ours +\| 11\.0 \(10\.0 to 12\.0\) \| /);
    match(lines[4] ?? "", /\| all +\| 10 +\| xargs +\| 22\.0 \(20\.0 to 24\.0\) \| 2\.00 /);
    equal(lines.at(-1), "- colmena was not measured: there is none");
    match(machineLines(results), /^- processors: 2\n- load: 1 2 3$/);
  });

  it("compare what was measured in one run", async () => {
    const results = await ResultsFile.open(file, {});
    const runs = [
      [1, 2],
      [10, 20],
      [3, 9],
    ] as const;
    for (const [own, theirs] of runs) {
      await results.add({ case: "all", hosts: 3, tool: "ours" }, sample(own));
      await results.add({ case: "all", hosts: 3, tool: "loop" }, sample(theirs));
      await results.add({ case: "preview", hosts: 3, tool: "ours" }, sample(theirs));
      for (const floor of ["ssh", "nix eval"])
        await results.add({ case: "floors", hosts: 3, tool: floor }, sample(own / 2));
    }
    const text = resultsTable(await readResults(file));
    match(text, /\| loop .*\| 2\.00 /);
    match(text, /- A preview of 3 takes 2\.00 times its floors together\./);
  });

  it("are a plot with a bar for each median, as long as its time", async () => {
    const svg = plot(await written());
    match(svg, /^<svg [^>]+>[\s\S]*<\/svg>$/);
    const bars = [...svg.matchAll(/<rect x="150" y="[\d.]+" width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    equal(bars.length, 3);
    ok(Math.abs(bars[2]! / bars[1]! - 2) < 0.01, bars.join());
    match(svg, /all, 10 Pis/);
    match(svg, /22\.0 s/);
  });

  it("have the mean of two in the middle as their median", () => {
    equal(median([4, 1, 3, 2]), 2.5);
    equal(median([9]), 9);
    equal(median([3, 1, 2]), 2);
  });
});
