import {
  stepVariables,
  type StepInputs,
  type StepVariable,
} from "../../../components/protocol/step-inputs.js";
import type { Outcome } from "../../../components/protocol/outcome.js";

export const timeouts = { probe: 5, connect: 5, build: 60, copy: 60, activate: 90, confirm: 5 };

/** The variables of a step's environment, as the Commands write them. */
export function environmentOf(inputs: Partial<StepInputs<StepVariable>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      const [variable, codec] = stepVariables[name as StepVariable];
      return [variable, (codec.encode as (value: unknown) => string)(value)];
    }),
  );
}

/** Gives the steps of a `describe` what a Command would, in this process. What a test sets is gone after it. */
export function command(): Command {
  const made = new Command();
  beforeEach(() => made.set({ GITHUB_TOKEN: undefined, PULUMI_COMMAND_STDOUT: undefined }));
  afterEach(() => made.end());
  return made;
}

class Command {
  private readonly before = new Map<string, string | undefined>();

  tells(inputs: Partial<StepInputs<StepVariable>>): void {
    this.set(environmentOf(inputs));
  }

  /** How its last run ended. */
  endedWith(last: Partial<Outcome>): void {
    this.set({
      PULUMI_COMMAND_STDOUT: JSON.stringify({ pi: "pi", status: "converged", seconds: 1, ...last }),
    });
  }

  set(variables: Record<string, string | undefined>): void {
    for (const [name, value] of Object.entries(variables)) {
      if (!this.before.has(name)) this.before.set(name, process.env[name]);
      put(name, value);
    }
  }

  end(): void {
    for (const [name, value] of this.before) put(name, value);
    this.before.clear();
  }
}

function put(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
