import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Results } from "./results.js";

type Event =
  | { event: "passed" }
  | { event: "took"; title: string; ms: number }
  | { event: "failed"; title: string; reason: string[] }
  | { event: "skipped"; title: string; reason: string }
  | { event: "end" };

/**
 * Runs mocha on these files and reads what test/reporter.cjs counted. Its output goes to the terminal. With a `label`,
 * which tells several that run side by side apart, each line begins with it. `env` is added to the environment.
 */
export async function runMocha(
  part: string,
  files: string[],
  options: string[],
  { label, env = {} }: { label?: string; env?: Record<string, string> } = {},
): Promise<Results> {
  const directory = mkdtempSync(join(tmpdir(), "pi-fleet-test-"));
  const resultsFile = join(directory, "results.jsonl");
  const start = Date.now();
  try {
    const mocha = execa(process.execPath, [mochaCommand(), ...ciOptions(), ...options, ...files], {
      stdio: label === undefined ? "inherit" : ["inherit", "pipe", "pipe"],
      all: label !== undefined,
      buffer: false,
      env: { ...env, PI_FLEET_TEST_RESULTS: resultsFile },
      reject: false,
    });
    const stopPassingOn = passSignalsOn(mocha);
    if (label !== undefined) {
      for await (const line of mocha.iterable({ from: "all" }))
        if (line !== "") console.log(`${label} ${line}`);
    }
    const { exitCode, signal } = await mocha;
    stopPassingOn();
    const results = count(part, readEvents(resultsFile), signal ?? exitCode);
    return { ...results, parts: [{ title: label ?? part, ms: Date.now() - start }] };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function mochaCommand(): string {
  return createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
}

function ciOptions(): string[] {
  return process.env.CI ? ["--forbid-only"] : [];
}

// The lab's tests end their lab when they are interrupted (test/lab/end-with-mocha.ts): wait for that, instead of leaving
// it behind. A terminal interrupts mocha itself. Mocha passes SIGINT on to the process of the tests, and nothing else.
function passSignalsOn(mocha: { kill(signal: NodeJS.Signals): boolean }): () => void {
  const interrupt = () => void (process.stdin.isTTY || mocha.kill("SIGINT"));
  const terminate = () => void mocha.kill("SIGINT");
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", terminate);
  return () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", terminate);
  };
}

function readEvents(file: string): Event[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);
}

function count(part: string, events: Event[], ending: number | string | undefined): Omit<Results, "parts"> {
  const failures = events.flatMap((event) =>
    event.event === "failed" ? [[event.title, ...event.reason].join("\n      ")] : [],
  );
  const ended = events.some(({ event }) => event === "end");
  if (!ended) failures.push(`${part}: mocha stopped before its end (${ending})`);
  else if (ending !== 0 && failures.length === 0) failures.push(`${part}: mocha ended with ${ending}`);

  return {
    passed: events.filter(({ event }) => event === "passed").length,
    failures,
    times: events.flatMap((event) => (event.event === "took" ? [event] : [])),
    skips: events.flatMap((event) => (event.event === "skipped" ? [`${event.title}: ${event.reason}`] : [])),
  };
}
