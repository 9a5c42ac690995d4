// npm test [-- PART…] [MOCHA OPTION…]: the checks, the unit tests and the lab's tests, summed in one last line.
import { runChecks } from "./check/run.js";
import { runMocha } from "./mocha.js";
import { conclude, sum, type Results } from "./results.js";

const mochaParts = {
  unit: ["test/unit/**/*.test.ts"],
  lab: ["test/conformance/**/*.test.ts", "test/lab/**/*.test.ts"],
};

const firstOption = process.argv.slice(2).findIndex((argument) => argument.startsWith("-"));
const [named, options] =
  firstOption === -1
    ? [process.argv.slice(2), []]
    : [process.argv.slice(2, 2 + firstOption), process.argv.slice(2 + firstOption)];

const unknown = named.filter((part) => !["check", "unit", "lab"].includes(part));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(", ")}: say check, unit or lab. Options of mocha come after them.`,
  );
  process.exit(2);
}

const results: Results[] = [];
// Options choose among mocha's tests (-g NAME): somebody who looks at one of them does not wait for the checks.
if (named.includes("check") || (named.length === 0 && options.length === 0)) {
  heading("check");
  results.push(await runChecks());
}
for (const [part, files] of Object.entries(mochaParts)) {
  if (named.length > 0 && !named.includes(part)) continue;
  heading(part);
  results.push(await runMocha(part, files, options));
}
process.exitCode = conclude(sum(results));

function heading(part: string): void {
  console.log(`\n== ${part}`);
}
