// npm test [-- PART…] [MOCHA OPTION…]: the checks, the unit tests and the lab's tests, summed in the last line.
import { availableParallelism } from "node:os";
import { warmUp } from "../lab/warm-up.js";
import { runChecks } from "./check/run.js";
import { type Group, labGroups } from "./lab/groups.js";
import { runMocha } from "./mocha.js";
import { conclude, sum, type Results } from "./results.js";

const parts = ["check", "unit", "lab"] as const;
type Part = (typeof parts)[number];

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith("-"));
const named = firstOption === -1 ? args : args.slice(0, firstOption);
const options = args.slice(named.length);

const unknown = named.filter((part) => !parts.some((known) => known === part));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(", ")}. Name ${parts.join(", ")}; mocha's options come after.`,
  );
  process.exit(2);
}

let interrupted = false;
const interruption = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => {
      interrupted = true;
      resolve();
    });
});

const results: Results[] = [];
let labEnvironment: Record<string, string> = {};
// On a new machine this takes longer than any test may.
const warming = isWanted("lab") ? warm() : Promise.resolve(true);
if (isWanted("check")) {
  heading("check");
  results.push(await runChecks());
}
// Go's compiler takes all cores, and the unit tests have short timeouts: they wait for it.
const isWarm = await Promise.race([warming, interruption]);
const unit = { name: "unit", files: ["test/unit/**/*.test.ts"] };
const conformance = { name: "conformance", files: ["test/conformance/**/*.test.ts"] };
if (isWanted("lab") && isWarm) {
  heading(isWanted("unit") ? "unit and lab" : "lab");
  await runSideBySide([...(isWanted("unit") ? [unit] : []), ...labGroups(), conformance]);
} else if (isWanted("unit")) {
  heading("unit");
  results.push(await runMocha("unit", unit.files, options));
}
if (interrupted) results.push(failure("the run was interrupted"));
// Exits although a warm-up that was interrupted may still be running.
process.exit(conclude(sum(results)));

/** Options choose among mocha's tests (-g NAME): somebody who looks at one of them does not wait for the checks. */
function isWanted(part: Part): boolean {
  if (interrupted) return false;
  return named.length > 0 ? named.includes(part) : part !== "check" || options.length === 0;
}

async function warm(): Promise<boolean> {
  try {
    const plugins = await warmUp((line) => console.log(`lab: ${line}`));
    // Without a network each lab would wait some seconds before it knows that no plugin can be downloaded.
    labEnvironment = plugins === undefined ? {} : { PI_FLEET_PLUGINS: plugins };
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    results.push(failure(`lab: what its tests need can't be made: ${reason}`));
    return false;
  }
}

/** Each group has a lab of its own and waits some of its time, so two run side by side. The unit tests are one of them. */
async function runSideBySide(groups: Group[]): Promise<void> {
  const waiting = [...groups];
  const lanes = Array.from({ length: Math.min(2, availableParallelism()) }, async () => {
    for (let group = waiting.shift(); group && !interrupted; group = waiting.shift())
      results.push(await runGroup(group));
  });
  await Promise.all(lanes);
}

function runGroup(group: Group): Promise<Results> {
  if (group !== unit)
    return runMocha("lab", group.files, options, { label: group.name, env: labEnvironment });
  // A lab beside them takes its share of the machine.
  return runMocha("unit", group.files, ["--timeout", "30000", ...options], { label: group.name });
}

function failure(reason: string): Results {
  return { passed: 0, failures: [reason], skips: [], times: [], parts: [] };
}

function heading(part: Part | "unit and lab"): void {
  console.log(`\n== ${part}`);
}
