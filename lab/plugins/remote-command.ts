import { newId, outputsOf, previewOfCreate, previewOfUpdate, previousOutput } from "./command-state.js";
import type { ResourceType } from "./model.js";
import { type RemoteInputs, runRemote } from "./run-remote.js";
import { checkShape, type Shape, withoutNulls } from "./shape.js";
import { isMap, isSecret, reveal, secret, type Wire, type WireMap } from "./wire.js";

const ENDPOINT: Shape["fields"] = {
  user: { kind: "string" },
  password: { kind: "string" },
  host: { kind: "string", required: true },
  port: { kind: "float64" },
  privateKey: { kind: "string" },
  privateKeyPassword: { kind: "string" },
  agentSocketPath: { kind: "string" },
  dialErrorLimit: { kind: "int" },
  perDialTimeout: { kind: "int" },
  hostKey: { kind: "string" },
};

const CONNECTION: Shape = {
  name: "remote.Connection",
  fields: { ...ENDPOINT, proxy: { kind: { name: "remote.ProxyConnection", fields: ENDPOINT } } },
};

const COMMAND_FIELDS: Shape["fields"] = {
  triggers: { kind: "[]interface {}" },
  create: { kind: "string" },
  update: { kind: "string" },
  delete: { kind: "string" },
  stdin: { kind: "string" },
  logging: { kind: "string" },
  connection: { kind: CONNECTION, required: true },
  environment: { kind: "map[string]string" },
  addPreviousOutputInEnv: { kind: "bool" },
};

const COMMAND: Shape = { name: "remote.CommandInputs", fields: COMMAND_FIELDS };

const DEFAULTS: WireMap = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
const SECRETS = ["password", "privateKey", "privateKeyPassword"];

interface CommandInputs extends RemoteInputs {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
}

const NOTHING_RUN = { stdout: "", stderr: "" };

/** command:remote:Command */
export const remoteCommand: ResourceType = {
  check(inputs) {
    const failures = checkShape(COMMAND, inputs);
    if (failures.length > 0) return { inputs, failures };
    return { inputs: { ...withoutNulls(inputs), connection: filledIn(inputs.connection ?? null) }, failures };
  },
  replaces: (path) => path === "triggers",

  async create({ name, inputs, preview }, context) {
    const id = newId(name);
    if (preview) return { id, state: previewOfCreate(inputs) };
    const plain = clear(inputs);
    if (plain.create === undefined) return { id, state: { ...inputs, ...NOTHING_RUN } };
    return { id, state: { ...inputs, ...(await runRemote(plain.create, plain, {}, context)) } };
  },

  async update({ inputs, state, preview }, context) {
    if (preview) return { state: previewOfUpdate(inputs, state, Object.keys(COMMAND_FIELDS)) };
    const plain = clear(inputs);
    const command = plain.update ?? plain.create;
    const outputs =
      command === undefined ? {} : await runRemote(command, plain, previousOutput(state), context);
    return { state: { ...inputs, ...outputsOf(state), ...outputs } };
  },

  // The connection comes from the state too: a host that has moved since is looked for at its old address.
  async delete({ state }, context) {
    const plain = clear(state);
    if (plain.delete !== undefined) await runRemote(plain.delete, plain, previousOutput(state), context);
  },
};

/** The connection with its defaults; secret as a whole, and its secrets are so by themselves too. */
function filledIn(connection: Wire): Wire {
  const plain = isSecret(connection) ? connection.value : connection;
  if (!isMap(plain)) return connection;
  const { proxy } = plain;
  return secret({ ...endpoint(plain), ...(isMap(proxy) && { proxy: endpoint(proxy) }) });
}

function endpoint(values: WireMap): WireMap {
  const filled = { ...DEFAULTS, ...values };
  return Object.fromEntries(
    Object.entries(filled).map(([name, value]) => [name, SECRETS.includes(name) ? secret(value) : value]),
  );
}

function clear(values: WireMap): CommandInputs {
  return reveal(values) as unknown as CommandInputs;
}
