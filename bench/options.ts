import { parseArgs } from "node:util";
import { BenchError } from "./bench-error.js";

export const CASES = ["all", "one", "none", "preview", "floors", "provision", "far"] as const;
export type CaseName = (typeof CASES)[number];

export const TOOLS = ["ours", "xargs", "loop", "deploy-rs", "colmena"] as const;
export type ToolName = (typeof TOOLS)[number];

export const HELP = `npm run bench -- [OPTION…]             measures in labs of its own; as root
npm run bench -- table FILE            prints a file's results as a table, in Markdown
npm run bench -- plot FILE > OUT.svg   draws them

--hosts N,N     sizes of the fleet (default: 1,10,30)
--cases C,C     ${CASES.join(", ")} (default: all but far)
--tools T,T     ${TOOLS.join(", ")} (default: all)
--runs N        how often each is measured (default: 3)
--json FILE     where the results go, as they come; a run that is started again adds to it
--keep          leaves the lab of the last size up, for a look`;

export interface Options {
  readonly hosts: readonly number[];
  readonly cases: readonly CaseName[];
  readonly tools: readonly ToolName[];
  readonly runs: number;
  readonly json?: string;
  readonly keep: boolean;
  /** Measures in the lab of this checkout, and leaves it up. */
  readonly here: boolean;
  /** With `here`: not all Pis of the lab, but these. */
  readonly pis?: readonly string[];
}

/** Reads the command line. Throws a BenchError for what it does not understand. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parse(argv);
  return {
    hosts: listOf("hosts", values.hosts).map((text) => numberOf("hosts", text)),
    cases: known("cases", values.cases, CASES),
    tools: known("tools", values.tools, TOOLS),
    runs: numberOf("runs", values.runs),
    keep: values.keep,
    here: values.here,
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.pis === undefined ? {} : { pis: listOf("pis", values.pis) }),
  };
}

/** The command line of the process that measures in a lab's own checkout. */
export function optionsWithin({ cases, tools, runs }: Options, json: string): string[] {
  return ["--here", `--cases=${cases.join()}`, `--tools=${tools.join()}`, `--runs=${runs}`, `--json=${json}`];
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        hosts: { type: "string", default: "1,10,30" },
        cases: { type: "string", default: CASES.filter((name) => name !== "far").join() },
        tools: { type: "string", default: TOOLS.join() },
        runs: { type: "string", default: "3" },
        json: { type: "string" },
        keep: { type: "boolean", default: false },
        here: { type: "boolean", default: false },
        pis: { type: "string" },
      },
    });
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n${HELP}`);
  }
}

function listOf(option: string, text: string): string[] {
  const list = text.split(",").filter(Boolean);
  if (list.length === 0) throw new BenchError(`--${option} names nothing.\n${HELP}`);
  return list;
}

function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text))
    throw new BenchError(`--${option} is "${text}". A number from 1 on is wanted.`);
  return Number(text);
}

function known<T extends string>(option: string, text: string, all: readonly T[]): T[] {
  const names = listOf(option, text);
  const unknown = names.filter((name) => !all.some((one) => one === name));
  if (unknown.length > 0) {
    throw new BenchError(`--${option}: there is no ${unknown.join(", ")}. There are: ${all.join(", ")}`);
  }
  // In our order: a case may begin where the one before it ends.
  return all.filter((one) => names.includes(one));
}
