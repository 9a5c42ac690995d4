import { deepEqual, equal } from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type * as command from "@pulumi/command";
import { leftOutCommand, stepCommand } from "../../../components/stack/step-command.js";

const secretMark = "4dabf18193072939515e22adb298388d";

describe("a step as a Command", () => {
  /** What the engine would get of it. */
  async function inputsOf(make: () => command.local.Command): Promise<Record<string, unknown>> {
    let inputs: Record<string, unknown> = {};
    await pulumi.runtime.setMocks({
      call: () => ({}),
      newResource: (resource) => {
        inputs = resource.inputs as Record<string, unknown>;
        return { id: "1", state: inputs };
      },
    });
    const made = make();
    await new Promise((resolve) => made.urn.apply(resolve));
    return inputs;
  }

  const run = (step: string) => `node --input-type=module -e 'import "pi-fleet/step"' ${step}; exit $?`;

  it("waits for its step, and tells it each input in a variable, also one that is known later", async () => {
    const inputs = await inputsOf(() =>
      stepCommand(
        "a-activation",
        {
          ...{ run: "activate may-await-flash", remove: "forget" },
          inputs: {
            ...{ pi: "a", toplevel: pulumi.output(undefined), idle: pulumi.output(600), goal: "boot" },
            activationFault: pulumi.output({ kind: "held back" as const, message: "b failed" }),
          },
        },
        {},
      ),
    );
    deepEqual(inputs, {
      ...{ create: run("activate may-await-flash"), delete: run("forget"), logging: "stderr" },
      environment: {
        ...{ PI: "a", TOPLEVEL: "(its evaluation fails)", IDLE: "600", GOAL: "boot" },
        FAULT: "held back: b failed",
      },
    });
  });

  it("gets its secrets on stdin, as a secret", async () => {
    const secrets = { deployKey: "k", githubToken: "t" };
    const inputs = await inputsOf(() =>
      stepCommand("a", { run: "build", inputs: { pi: "a" }, secrets: pulumi.output(secrets) }, {}),
    );
    const stdin = inputs["stdin"] as Record<string, unknown>;
    equal(stdin[secretMark], "1b47061264138c4ac30d75fd1eb44270");
    equal(stdin["value"], '{"deployKey":"k","githubToken":"t"}');
    deepEqual(Object.keys(inputs).sort(), ["create", "environment", "logging", "stdin"]);
    deepEqual(inputs["environment"], { PI: "a" });
  });

  // That the state's inputs stay (ignoreChanges) is the engine's work, which mocks don't see: test/lab/fleet has it.
  it("that is left out runs no step when it is made after all", async () => {
    deepEqual(await inputsOf(() => leftOutCommand("a", {})), { create: "exit 0" });
  });
});
