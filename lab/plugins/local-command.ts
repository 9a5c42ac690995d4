import { newId, outputsOf, previewOfCreate, previewOfUpdate, previousOutput } from "./command-state.js";
import type { FunctionType, ResourceType } from "./model.js";
import { type LocalInputs, runLocal } from "./run-local.js";
import { checkShape, type Shape, withoutNulls } from "./shape.js";
import { reveal, type WireMap } from "./wire.js";

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

interface CommandInputs extends LocalInputs {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
}

const NOTHING_RUN = { stdout: "", stderr: "" };

/** command:local:Command */
export const localCommand: ResourceType = {
  check: (inputs) => ({ inputs: withoutNulls(inputs), failures: checkShape(COMMAND, inputs) }),
  replaces: (path) => path === "triggers",

  async create({ name, inputs, preview }, context) {
    const id = newId(name);
    if (preview) return { id, state: previewOfCreate(inputs) };
    const plain = clear(inputs);
    if (plain.create === undefined) return { id, state: { ...inputs, ...NOTHING_RUN } };
    return { id, state: { ...inputs, ...(await runLocal(plain.create, plain, {}, context)) } };
  },

  async update({ inputs, state, preview }, context) {
    if (preview) return { state: previewOfUpdate(inputs, state, Object.keys(COMMAND_FIELDS)) };
    const plain = clear(inputs);
    const command = plain.update ?? plain.create;
    if (command === undefined) return { state: { ...inputs, ...outputsOf(state) } };
    const outputs = await runLocal(command, plain, previousOutput(state), context);
    return { state: { ...inputs, ...outputsOf(state), ...outputs } };
  },

  // Everything comes from the state, so from the inputs of the last successful create or update: stdin too.
  async delete({ state }, context) {
    const plain = clear(state);
    if (plain.delete !== undefined) await runLocal(plain.delete, plain, previousOutput(state), context);
  },
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

function clear(values: WireMap): CommandInputs {
  return reveal(values);
}
