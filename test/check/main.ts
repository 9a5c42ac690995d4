// npm run check [-- --fix] [NAME…]: the static checks, and with --fix their repairs.
import { conclude } from "../results.js";
import { checks } from "./checks.js";
import { runChecks } from "./run.js";

const fix = process.argv.includes("--fix");
const only = process.argv.slice(2).filter((argument) => argument !== "--fix");

const names = checks.map(({ name }) => name);
const unknown = only.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(", ")}: there are ${names.join(", ")}, and --fix.`);
  process.exit(2);
}
process.exitCode = conclude(await runChecks({ fix, only }));
