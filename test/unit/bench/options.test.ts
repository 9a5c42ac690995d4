import { deepEqual, equal, match, throws } from "node:assert/strict";
import { optionsWithin, readOptions } from "../../../bench/options.js";

describe("the options of the bench", () => {
  it("are sizes, cases, tools and runs, with defaults that leave the slowest case out", () => {
    const { hosts, cases, tools, runs, here } = readOptions([]);
    deepEqual(hosts, [1, 10, 30]);
    deepEqual(cases, ["all", "one", "none", "preview", "floors", "provision"]);
    deepEqual(tools, ["ours", "xargs", "loop", "deploy-rs", "colmena"]);
    deepEqual([runs, here], [3, false]);
  });

  it("are taken in the bench's order", () => {
    const { cases, tools } = readOptions(["--cases", "far,none,all", "--tools", "xargs,ours"]);
    deepEqual(cases, ["all", "none", "far"]);
    deepEqual(tools, ["ours", "xargs"]);
  });

  it("are told what they may be", () => {
    throws(
      () => readOptions(["--tools", "ours,ansible"]),
      /--tools: there is no ansible\. There are: ours, xargs/,
    );
    throws(() => readOptions(["--cases", "half"]), /--cases: there is no half/);
    throws(() => readOptions(["--hosts", "3,many"]), /--hosts is "many"\. A number/);
    throws(() => readOptions(["--runs", "0"]), /--runs is "0"/);
    throws(() => readOptions(["--hosts", ","]), /--hosts names nothing/);
    throws(() => readOptions(["--fast"]), /Unknown option '--fast'[\s\S]*npm run bench -- table FILE/);
  });

  it("reach the process in a lab", () => {
    const options = readOptions(["--cases=all", "--tools=ours", "--runs=2", "--hosts=7"]);
    const within = readOptions(optionsWithin(options, "/tmp/results.json"));
    deepEqual([within.cases, within.tools, within.runs], [["all"], ["ours"], 2]);
    equal(within.here, true);
    match(within.json ?? "", /results\.json$/);
  });
});
