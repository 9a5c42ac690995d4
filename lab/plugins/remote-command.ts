import { commandResource } from "./command-resource.js";
import type { ResourceType } from "./model.js";
import { runRemote } from "./run-remote.js";
import { checkShape, type Shape, withoutNulls } from "./shape.js";
import { isMap, isSecret, secret, type Wire, type WireMap } from "./wire.js";

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

/** command:remote:Command */
export const remoteCommand: ResourceType = {
  ...commandResource(Object.keys(COMMAND_FIELDS), runRemote),
  check(inputs) {
    const failures = checkShape(COMMAND, inputs);
    if (failures.length > 0) return { inputs, failures };
    return { inputs: { ...withoutNulls(inputs), connection: filledIn(inputs.connection ?? null) }, failures };
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
