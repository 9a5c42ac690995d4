import { deepEqual, throws } from "node:assert/strict";
import { runnerSpec } from "../../../components/protocol/runner-spec.js";

// What `destroy` finds in the state of an old stack.
const older = {
  ...{ name: "a", unit: "github-runner-a.service", scope: "repos/o/r", api: "https://api.github.com" },
  ...{
    url: "https://github.com/o/r",
    registration: "0123",
    tokenFile: "/var/lib/github-runner/.runner_token",
  },
  ...{ credential: { kind: "registration-token" }, timeouts: { online: 120, idle: 600 } },
};

describe("a runner's description for its steps", () => {
  it("of an older state has the defaults of what it did not know", () => {
    deepEqual(runnerSpec.parse(older), {
      ...older,
      ...{
        labels: [],
        systemLabels: [],
        group: null,
        workFolder: "",
        ephemeral: false,
        interruptJobs: false,
      },
    });
  });

  it("of an older state sends no credential of another server to github.com", () => {
    const api = (url: string, given = older.api) => runnerSpec.parse({ ...older, url, api: given }).api;
    deepEqual(
      [
        api("https://ghe.example.com/o/r"),
        api("https://me.ghe.com/o/r"),
        api("https://ghe.example.com/o/r", "https://api.example.com"),
      ],
      ["https://ghe.example.com/api/v3", "https://api.me.ghe.com", "https://api.example.com"],
    );
  });

  it("of a later state is read as far as it is known", () => {
    deepEqual(runnerSpec.parse({ ...older, colour: "red" }), runnerSpec.parse(older));
  });

  it("is none without what says which runner it is", () => {
    for (const key of ["name", "scope", "api", "tokenFile", "credential"] as const)
      throws(() => runnerSpec.parse({ ...older, [key]: undefined }), new RegExp(key));
  });
});
