import { good, itRefuses } from "./refusals.js";

describe("what the schema allows at a path", () => {
  itRefuses({
    "an unknown kind, and names the kinds": [
      { ...good, buildHosts: { nas: { kind: "shh", address: "n" } } },
      /buildHosts\.nas\.kind: .*must be one of local, ssh.*Found "shh"/,
    ],
    "an option of another kind, and names those of this kind": [
      { ...good, buildHosts: { nas: { kind: "local", address: "n" } } },
      /buildHosts\.nas\.address: unknown option\. Allowed here: kind\./,
    ],
  });
});
