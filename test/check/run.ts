import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { type Results } from "../results.js";
import { checks, type Check } from "./checks.js";
import { sourceFiles } from "./files.js";
import { findTool, ToolMissingError } from "./tools.js";

type Outcome = { passed: true } | { failed: string } | { skipped: string };

/** Runs all checks, or those named, side by side, and prints a line for each. */
export async function runChecks(options: { fix?: boolean; only?: string[] } = {}): Promise<Results> {
  const { fix = false, only = [] } = options;
  const files = await sourceFiles();
  const results: Results = { passed: 0, failures: [], skips: [], times: [], parts: [] };
  const start = Date.now();

  const runOne = async (check: Check) => {
    const started = Date.now();
    const outcome = await runCheck(check, files.filter(check.concerns), fix);
    report(check.name, outcome, Date.now() - started);
    if ("passed" in outcome) results.passed++;
    else if ("failed" in outcome) results.failures.push(`check ${check.name}`);
    else results.skips.push(`check ${check.name}: ${outcome.skipped}`);
  };

  const chosen = checks.filter(({ name }) => only.length === 0 || only.includes(name));
  // Two repairs of one file must not meet.
  await inParallel(fix ? 1 : availableParallelism(), chosen, runOne);
  results.parts.push({ title: "check", ms: Date.now() - start });
  return results;
}

async function runCheck(check: Check, files: string[], fix: boolean): Promise<Outcome> {
  if (files.length === 0) return { skipped: "no file for it" };
  const scratch = mkdtempSync(join(tmpdir(), "pi-fleet-check-"));
  try {
    const command =
      typeof check.command === "string"
        ? check.command
        : await findTool(check.command, (message) => console.log(message));
    const made = Object.entries(check.madeFiles?.() ?? {}).map(([name, text]) => {
      writeFileSync(join(scratch, name), text);
      return join(scratch, name);
    });
    const args = (fix && check.fixArguments?.(files)) || check.arguments([...files, ...made]);
    const { failed, all, shortMessage } = await execa(command, args, {
      all: true,
      preferLocal: true,
      stdin: "ignore",
      reject: false,
      timeout: 600_000,
      env: process.stdout.isTTY ? { FORCE_COLOR: "1" } : {},
    });
    return failed ? { failed: readable(all) || (shortMessage ?? "") } : { passed: true };
  } catch (error) {
    if (!(error instanceof ToolMissingError)) throw error;
    // A person without the tool still wants the rest; CI must not pass by what it left out.
    return process.env.CI ? { failed: error.message } : { skipped: error.message.replaceAll("\n", " ") };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

// deadnix colours its report whatever it writes to.
function readable(output: string): string {
  return (process.stdout.isTTY ? output : stripVTControlCharacters(output)).trim();
}

function report(name: string, outcome: Outcome, milliseconds: number): void {
  const mark = "passed" in outcome ? "✓" : "failed" in outcome ? "✗" : "-";
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  const skipped = "skipped" in outcome ? `  skipped: ${outcome.skipped}` : "";
  console.log(`${mark} ${name.padEnd(12)}${seconds.padStart(7)}${skipped}`);
  if ("failed" in outcome) console.log(outcome.failed.replace(/^/gm, "    "));
}

async function inParallel<T>(lanes: number, items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
