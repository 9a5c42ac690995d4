import { commandResource } from "./command-resource.js";
import type { FunctionType, ResourceType } from "./model.js";
import { type LocalInputs, runLocal } from "./run-local.js";
import { checkShape, type Shape, withoutNulls } from "./shape.js";
import { reveal } from "./wire.js";

const BASE: Shape["fields"] = {
  stdin: { kind: "string" },
  logging: { kind: "string" },
  interpreter: { kind: "[]string" },
  dir: { kind: "string" },
  environment: { kind: "map[string]string" },
  assetPaths: { kind: "[]string" },
  archivePaths: { kind: "[]string" },
  addPreviousOutputInEnv: { kind: "bool" },
};

const COMMAND_FIELDS: Shape["fields"] = {
  ...BASE,
  triggers: { kind: "[]interface {}" },
  create: { kind: "string" },
  update: { kind: "string" },
  delete: { kind: "string" },
};

const COMMAND: Shape = { name: "local.CommandInputs", fields: COMMAND_FIELDS };

const RUN: Shape = {
  name: "local.RunInputs",
  fields: { ...BASE, command: { kind: "string", required: true } },
};

/** command:local:Command */
export const localCommand: ResourceType = {
  ...commandResource(Object.keys(COMMAND_FIELDS), runLocal),
  check: (inputs) => ({ inputs: withoutNulls(inputs), failures: checkShape(COMMAND, inputs) }),
};

/** command:local:run, which runs on every preview and update. */
export const localRun: FunctionType = {
  check: (args) => checkShape(RUN, args),
  async invoke(args, context) {
    const plain = reveal(args) as unknown as LocalInputs & { command: string };
    const outputs = await runLocal(plain.command, plain, {}, context);
    return { ...args, ...outputs };
  },
};
