import { newId, outputsOf, previewOfCreate, previewOfUpdate, previousOutput } from "./command-state.js";
import type { CallContext, ResourceType } from "./model.js";
import { reveal, type WireMap } from "./wire.js";

interface Verbs {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
}

type Run<I> = (
  command: string,
  inputs: I,
  previous: { stdout?: string; stderr?: string },
  context: CallContext,
) => Promise<object>;

/** What local.Command and remote.Command share: when which verb runs, and what the state keeps of it. */
export function commandResource<I extends object>(
  inputNames: readonly string[],
  run: Run<I>,
): Omit<ResourceType, "check"> {
  const clear = (values: WireMap) => reveal(values) as unknown as I & Verbs;
  return {
    replaces: (path) => path === "triggers",

    async create({ name, inputs, preview }, context) {
      const id = newId(name);
      if (preview) return { id, state: previewOfCreate(inputs) };
      const plain = clear(inputs);
      if (plain.create === undefined) return { id, state: { ...inputs, stdout: "", stderr: "" } };
      return { id, state: { ...inputs, ...(await run(plain.create, plain, {}, context)) } };
    },

    async update({ inputs, state, preview }, context) {
      if (preview) return { state: previewOfUpdate(inputs, state, inputNames) };
      const plain = clear(inputs);
      const command = plain.update ?? plain.create;
      const outputs = command === undefined ? {} : await run(command, plain, previousOutput(state), context);
      return { state: { ...inputs, ...outputsOf(state), ...outputs } };
    },

    // Everything comes from the state, so from the inputs of the last successful create or update: stdin too, and the
    // connection of a host that has moved since.
    async delete({ state }, context) {
      const plain = clear(state);
      if (plain.delete !== undefined) await run(plain.delete, plain, previousOutput(state), context);
    },
  };
}
