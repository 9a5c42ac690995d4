import { match, notEqual } from "node:assert/strict";
import { setUp } from "./plugin.js";
import type { Project } from "./project.js";

const LOCAL = "command:local:Command";
const REMOTE = "command:remote:Command";
const host = "127.0.0.1";

describe("conformance: inputs that the schema forbids", function () {
  this.timeout(120_000);
  let project: Project;
  const faults: Record<string, { type: string; args: object; message: RegExp }> = {
    "a number for a string": {
      type: LOCAL,
      args: { create: 5 },
      message:
        /property create .*Field 'create' on 'local\.CommandInputs' must be a 'string'; got 'float64' instead/,
    },
    "a variable that is no string": {
      type: LOCAL,
      args: { environment: { A: 5 } },
      message:
        /Field 'environment\[A\] value' on 'local\.CommandInputs' must be a 'string'; got 'float64' instead/,
    },
    "a string for the interpreter": {
      type: LOCAL,
      args: { interpreter: "sh" },
      message: /Field 'interpreter' on 'local\.CommandInputs' must be a '\[\]string'; got 'string' instead/,
    },
    "an unknown input": {
      type: LOCAL,
      args: { creat: "x" },
      message: /Unrecognized field 'creat' on 'local\.CommandInputs'/,
    },
    "no connection": {
      type: REMOTE,
      args: { create: "true" },
      message: /Missing required field 'connection' on 'remote\.CommandInputs'/,
    },
    "no host": {
      type: REMOTE,
      args: { connection: { user: "x" } },
      message:
        /decoding 'CommandInputs\.connection': 1 failures decoding:\s+host: Missing required field 'host' on 'remote\.Connection'/,
    },
    "a string for the port": {
      type: REMOTE,
      args: { connection: { host, port: "22" } },
      message: /port: Field 'port' on 'remote\.Connection' must be a 'float64'; got 'string' instead/,
    },
  };
  before(async () => (project = await setUp()));
  after(() => project?.remove());

  for (const [name, { type, args, message }] of Object.entries(faults)) {
    it(`fails the preview: ${name}`, async () => {
      const { text, exitCode } = await project.previewText({ resources: [{ type, args, name: "faulty" }] });
      notEqual(exitCode, 0);
      match(text, message);
    });
  }
});
