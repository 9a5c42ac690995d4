import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { type Results, readResults } from "../../../bench/results.js";
import { type Copy } from "../copy.js";
import { convergedFleet, toplevels } from "./fleet.js";

const measured = ["lab-a", "lab-b"];

// No figure is compared with a time: other tests run beside this one. Each must be one that was measured.
describe("npm run bench", function () {
  this.timeout(240_000);
  let fleet: Copy;

  before(async function () {
    fleet = await convergedFleet(this);
  });

  async function bench(json: string, ...options: string[]) {
    const { exitCode, all } = await execa(
      process.execPath,
      [
        ...["--import=tsx", "bench/main.ts", "--here", `--pis=${measured.join()}`],
        ...["--runs=1", `--json=${json}`, ...options],
      ],
      { cwd: fleet.dir, reject: false, all: true, stdin: "ignore" },
    );
    return { exitCode, out: all };
  }

  it("measures deployments of two Pis, by us and by xargs, and a preview", async () => {
    const json = join(fleet.dir, "bench.json");
    const { exitCode, out } = await bench(json, "--cases=all,none,preview", "--tools=ours,xargs,colmena");
    equal(exitCode, 0, out);
    match(out, /2 Pis, run 1 of 1, all: xargs: [\d.]+ s, [\d.]+ s of CPU/);

    const results = await readResults(json);
    const of = (name: string, tool: string) => figuresOf(results, name, tool);
    deepEqual(results.rows.map((row) => `${row.case} ${row.hosts} ${row.tool}`).sort(), [
      "all 2 ours",
      "all 2 xargs",
      "none 2 ours",
      "none 2 xargs",
      "preview 2 ours",
    ]);
    deepEqual(
      results.skipped.map(({ what }) => what),
      ["colmena"],
    );
    for (const row of results.rows) {
      const { wallSeconds, cpuSeconds, peakBytes, logins, bytesCopied, linesPrinted } = row;
      const figures = [wallSeconds, cpuSeconds, peakBytes, logins, bytesCopied, linesPrinted];
      for (const figure of figures) equal(figure.length, 1);
      ok(cpuSeconds[0]! > 0.01 && wallSeconds[0]! > 0.05, JSON.stringify(row));
      // A shell and its children are some MB, an engine with its plugins some hundred.
      ok(peakBytes[0]! > (row.tool === "ours" ? 100e6 : 1e6), JSON.stringify(row));
      ok(logins[0]! >= 1, JSON.stringify(row));
      // A login alone takes a few kB.
      ok(bytesCopied[0]! > 2 * 1500, JSON.stringify(row));
    }
    // Copy, set and switch are a login each.
    equal(of("all", "xargs").logins, 3);
    // A change has a login more, the one that confirms it, and its closure on the wire.
    ok(of("all", "ours").logins > of("none", "ours").logins, out);
    ok(of("all", "xargs").bytesCopied > of("none", "xargs").bytesCopied, out);
    ok(of("all", "ours").linesPrinted > 5, out);

    await runsWhatIsConfigured();
    await fleet.nothingToChange();
  });

  it("does not take a tool's word for a deployment", async () => {
    const json = join(fleet.dir, "bench-of-a-liar.json");
    await writeFile(join(fleet.dir, "bench/tools/copy-set-switch.sh"), "#!/bin/sh\nexit 0\n");
    const { exitCode, out } = await bench(json, "--cases=one", "--tools=xargs");
    equal(exitCode, 1, out);
    const { rows, skipped } = await readResults(json);
    deepEqual(rows, []);
    equal(skipped[0]?.what, "xargs, one, 2 Pis, run 1");
    match(skipped[0]?.reason ?? "", /lab-a runs \S+ in place of \/nix\/store\/\S+-nixos-system-lab-a/);
    await runsWhatIsConfigured();
  });

  /** Each Pi runs what the state has, and has the number of its last change. */
  async function runsWhatIsConfigured(): Promise<void> {
    const planned = await toplevels(fleet);
    for (const pi of measured) {
      equal(await fleet.onHost(pi, "readlink /run/current-system"), planned[pi]);
      const module = await readFile(join(fleet.dir, `nix/hosts/bench/${pi}.nix`), "utf8");
      const number = await fleet.onHost(pi, "cat /etc/bench");
      ok(number !== "" && module.includes(`"${number}"`), `${number} is not in ${module}`);
    }
  }
});

/** The figures of the only run. */
function figuresOf({ rows }: Results, name: string, tool: string) {
  const row = rows.find((one) => one.case === name && one.tool === tool)!;
  return { logins: row.logins[0]!, bytesCopied: row.bytesCopied[0]!, linesPrinted: row.linesPrinted[0]! };
}
