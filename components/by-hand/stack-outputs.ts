import { z } from "zod";
import { access } from "../protocol/access.js";
import { outcomeFrom, type Outcome } from "../protocol/outcome.js";
import { UserError } from "../shared/user-error.js";
import { askEngine } from "./engine.js";

const outputs = z.object({
  access: access.optional(),
  pis: z.record(z.string(), z.unknown()).default({}),
  runners: z.record(z.string(), z.unknown()).default({}),
});

/** What the last `up` of the selected stack left, as far as there was one. */
export interface StackOutputs {
  readonly access: z.output<typeof access> | undefined;
  /** How each Pi stood after it, by name. */
  readonly pis: Readonly<Record<string, Outcome>>;
  readonly runners: Readonly<Record<string, Outcome>>;
}

/** @throws UserError when no stack is selected, or when another version of this package wrote the outputs */
export async function stackOutputs(): Promise<StackOutputs> {
  const argv = ["stack", "output", "--show-secrets", "--json"];
  const stdout = await askEngine(argv, "The stack's outputs can't be read");
  try {
    const { pis, runners, ...read } = outputs.parse(JSON.parse(stdout.trim() || "{}"));
    return { access: read.access, pis: outcomes(pis), runners: outcomes(runners) };
  } catch {
    // The cause would repeat the keys.
    throw new UserError(
      "The stack's outputs are of a form that this version does not know: pulumi up writes them anew.",
    );
  }
}

function outcomes(values: Readonly<Record<string, unknown>>): Record<string, Outcome> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, outcomeFrom(name, value)]));
}
