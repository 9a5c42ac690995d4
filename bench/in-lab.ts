import { LabError, labTools, pis as labPis } from "../lab/hosts/index.js";
import { BenchError } from "./bench-error.js";
import { cases } from "./cases.js";
import { Fleet } from "./fleet.js";
import { describeMachine } from "./machine.js";
import { type Options } from "./options.js";
import { ResultsFile } from "./results.js";
import { tools as allTools } from "./tools/index.js";
import { type Tool } from "./tools/tool.js";

/** Measures in the lab of this checkout. Gives false when something could not be measured. */
export async function measureHere(options: Options, file: string): Promise<boolean> {
  const names = options.pis ?? labPis.map(({ name }) => name);
  const hosts = names.length;
  const report = (line: string) => process.stderr.write(`bench: ${hosts} Pis, ${line}\n`);
  const laptop = await labTools((line) => report(line));
  const results = await ResultsFile.open(file, await describeMachine(laptop));
  const fleet = new Fleet(names, laptop);
  report("they are made and converged …");
  await fleet.begin();

  const tools: Tool[] = [];
  for (const name of options.tools) {
    const reason = await allTools[name].prepare?.(fleet);
    if (reason === undefined) tools.push(allTools[name]);
    else {
      report(`${name} is left out: ${reason}`);
      await results.skip(name, reason);
    }
  }
  let complete = true;
  for (let run = 0; run < options.runs; run++) {
    for (const name of options.cases) {
      await cases[name]({
        fleet,
        // Each run begins with another tool: what the first one pays for is not always the same one's.
        tools: tools.map((_, i) => tools[(i + run) % tools.length]!),
        report: (line) => report(`run ${run + 1} of ${options.runs}, ${name}: ${line}`),
        keep: (tool, sample) => results.add({ case: name, hosts, tool }, sample),
        fail: async (tool, reason) => {
          complete = false;
          await results.skip(`${tool}, ${name}, ${hosts} Pis, run ${run + 1}`, reason);
        },
      });
    }
  }
  return complete;
}

/** True for an error that a person can read. */
export function isPlain(error: unknown): error is Error {
  return error instanceof BenchError || error instanceof LabError;
}
