// npm test [-- PART…] [MOCHA OPTION…]: the checks, the unit tests and the lab's tests, summed in the last line.
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { runChecks } from "./check/run.js";
import { runMocha } from "./mocha.js";
import { conclude, sum, type Results } from "./results.js";

// Each file of the lab has a lab of its own and waits much of its time, so two run side by side, the longest first.
const mochaParts: Record<string, { files: string; label?: string }[]> = {
  unit: [{ files: "test/unit/**/*.test.ts" }],
  lab: [...labFiles(), { files: "test/conformance/**/*.test.ts", label: "conformance" }],
};
const parts = ["check", ...Object.keys(mochaParts)];

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("-"));
const named = firstOption === -1 ? args : args.slice(0, firstOption);
const options = args.slice(named.length);

const unknown = named.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(", ")}. Name ${parts.join(", ")}; mocha's options come after.`,
  );
  process.exit(2);
}

let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (interrupted = true));

const results: Results[] = [];
// Options choose among mocha's tests (-g NAME): somebody who looks at one of them does not wait for the checks.
if (named.includes("check") || (named.length === 0 && options.length === 0)) {
  heading("check");
  results.push(await runChecks());
}
for (const [part, groups] of Object.entries(mochaParts)) {
  if (interrupted || (named.length > 0 && !named.includes(part))) continue;
  heading(part);
  const waiting = [...groups];
  const lanes = Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
    for (let group = waiting.shift(); group && !interrupted; group = waiting.shift())
      results.push(await runMocha(part, [group.files], options, group.label));
  });
  await Promise.all(lanes);
}
if (interrupted) results.push({ passed: 0, failures: ["the run was interrupted"], skips: [] });
process.exitCode = conclude(sum(results));

function heading(part: string): void {
  console.log(`\n== ${part}`);
}

function labFiles() {
  const names = readdirSync("test/lab").filter((name) => name.endsWith(".test.ts"));
  const size = (name: string) => statSync(`test/lab/${name}`).size;
  return names
    .sort((a, b) => size(b) - size(a))
    .map((name) => ({ files: `test/lab/${name}`, label: name.replace(".test.ts", "") }));
}
