import { deepEqual, equal, throws } from "node:assert/strict";
import { jitConfigFile } from "../../../components/runners/just-in-time-config.js";

describe("a just-in-time config", () => {
  const decode = (text = "") => JSON.parse(Buffer.from(text, "base64").toString()) as Record<string, string>;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");

  it("is told not to update its program, and is else as GitHub made it", () => {
    const runner = { AgentId: "3", DisableUpdate: "False", Ephemeral: "True" };
    const file = jitConfigFile(encode({ ".runner": encode(runner), ".credentials": "eA==" }));
    const [, variable, config] = /^([A-Z_]+)=([A-Za-z0-9+/=]+)\n$/.exec(file) ?? [];
    equal(variable, "ACTIONS_RUNNER_INPUT_JITCONFIG");
    equal(decode(config)[".credentials"], "eA==");
    deepEqual(decode(decode(config)[".runner"]), { ...runner, DisableUpdate: "true" });
  });

  it("is refused without a word of it when it is of another form", () => {
    for (const config of ["c2VjcmV0", encode({}), encode({ ".runner": "c2VjcmV0" })])
      throws(
        () => jitConfigFile(config),
        (error: Error) => error.message.includes("of a form") && !error.message.includes("secret"),
      );
  });
});
