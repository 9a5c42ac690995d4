import { deepEqual, equal, throws } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  readStepInputs,
  stepVariables,
  type StepVariable,
} from "../../../components/protocol/step-inputs.js";

interface Registered {
  readonly name: string;
  readonly inputs: { readonly create?: string; readonly environment?: Record<string, string> };
}

const { resources } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../contract/resources.json"), "utf8"),
) as { resources: Registered[] };

/** The codec of each variable of a step's Command. FAULT is a text for a build, and tells a kind for an activation. */
function variablesOf({ inputs: { create = "", environment = {} } }: Registered): StepVariable[] {
  const names = Object.keys(stepVariables) as StepVariable[];
  const other = / build;/.test(create) ? "activationFault" : "evaluationFault";
  return names.filter((name) => name !== other && stepVariables[name][0] in environment);
}

function written(name: StepVariable, value: unknown): string {
  return (stepVariables[name][1].encode as (value: unknown) => string)(value);
}

describe("what a Command tells its step", () => {
  it("has room in a variable of the environment, however much a program said", () => {
    const said = "ü".repeat(200_000);
    const texts = [
      ...[written("evaluationFault", said), written("failed", said)],
      written("activationFault", { kind: "build", message: said }),
    ];
    for (const text of texts) equal(Buffer.byteLength(text) <= 100_000, true);
  });

  for (const command of resources.filter(({ inputs }) => inputs.environment)) {
    it(`is read from the contract of ${command.name}, and written the same`, () => {
      const environment = command.inputs.environment!;
      const names = variablesOf(command);
      deepEqual(names.map((name) => stepVariables[name][0]).sort(), Object.keys(environment).sort());
      const values = readStepInputs(names, environment) as Record<string, unknown>;
      for (const name of names) equal(written(name, values[name]), environment[stepVariables[name][0]], name);
      for (const [name, value] of Object.entries(values))
        equal(value === undefined, name === "activationFault", name);
    });
  }

  it("is typed once it is read", () => {
    const of = (name: string) => resources.find((one) => one.name === name && one.inputs.environment)!;
    const { idle, goal, reboot, target, buildHost, drv } = {
      ...readStepInputs(["idle", "goal", "reboot", "target"], of("off-activation").inputs.environment),
      ...readStepInputs(["buildHost", "drv"], of("off-build").inputs.environment),
    };
    deepEqual([idle, goal, drv], [600, "boot", "/nix/store/off.drv"]);
    deepEqual(reboot.window, { days: ["sat"], from: "02:00", to: "04:30" });
    deepEqual([target.name, target.port, buildHost.name], ["off", 8023, "nas"]);
    const { runner } = readStepInputs(["runner"], of("settled-second-runner").inputs.environment);
    deepEqual([runner.group, runner.timeouts.online], ["hil", 120]);
  });

  it("has no store path while the evaluation fails", () => {
    for (const name of ["drv", "toplevel"] as const) {
      const none = "(its evaluation fails)";
      equal(written(name, undefined), none);
      deepEqual(readStepInputs([name], { [stepVariables[name][0]]: none }), { [name]: undefined });
      const path = "/nix/store/a system";
      deepEqual(readStepInputs([name], { [stepVariables[name][0]]: path }), { [name]: path });
    }
  });

  it("is asked for by name when it is absent, and may be empty", () => {
    throws(() => readStepInputs(["convergence", "runner"], { CONVERGENCE: "" }), {
      message: "the step was started without RUNNER: it is run by the fleet's Commands, not by hand",
    });
    deepEqual(readStepInputs(["convergence"], { CONVERGENCE: "" }), { convergence: "" });
  });

  const unknown: [StepVariable, string][] = [
    ["toplevel", "/etc/system"],
    ["toplevel", ""],
    ["goal", "reboot"],
    ["target", "pi@10.0.0.9"],
    ["target", '{"name":"a"}'],
    ["timeouts", '{"probe":"soon"}'],
    ["reboot", '{"board":"pi9","limit":300,"when":"never"}'],
    ["idle", "soon"],
    ["idle", ""],
    ["activationFault", "copy: no"],
    ["activationFault", "no kind at all"],
  ];
  for (const [name, text] of unknown) {
    it(`names ${name} when it is "${text}", and keeps the cause`, () => {
      const [variable] = stepVariables[name];
      throws(
        () => readStepInputs([name], { [variable]: text }),
        (error: Error) => {
          equal(
            error.message,
            `the step's ${variable} is of a form that this version does not know: ${text}`,
          );
          return error.cause instanceof Error;
        },
      );
    });
  }
});
