import { deepEqual } from "node:assert/strict";
import { secretWarnings } from "../../../components/secrets/secret-warnings.js";
import { parse, wifi } from "./stack-secrets.js";

describe("stack secrets", () => {
  it("that nobody uses are a warning, with the nearest that somebody does", () => {
    const secrets = { psk_workshp: "swordfish" };
    const { fleet } = parse({ a: wifi }, secrets);
    deepEqual(secretWarnings(fleet.hosts, secrets), [
      'pi-fleet:secrets.psk_workshp: no host uses it — did you mean "psk_workshop"?',
    ]);
  });
});
