import { deepEqual, equal, throws } from "node:assert/strict";
import { inspect } from "node:util";
import { decodeStepSecrets, encodeStepSecrets } from "../../../components/protocol/step-secrets.js";

const file = { name: "f", owner: "me", group: "root", mode: "0400", units: ["x.service"], content: "SECRET" };
const secrets = { files: [file], keep: ["age"], ids: { f: "mark" } };

describe("the secrets of a step", () => {
  it("are read as they were written, in the order in which they were given", () => {
    const given = { signingKey: "k", deployKey: "d", secrets, githubToken: "t" };
    const text = encodeStepSecrets(given);
    deepEqual(Object.keys(JSON.parse(text) as object), ["signingKey", "deployKey", "secrets", "githubToken"]);
    deepEqual(decodeStepSecrets(text), given);
    equal(
      encodeStepSecrets({ deployKey: "d", secrets }),
      `{"deployKey":"d","secrets":${JSON.stringify(secrets)}}`,
    );
  });

  it("are none when nothing comes", () => {
    for (const nothing of ["", "\n", "{}"]) deepEqual(decodeStepSecrets(nothing), {});
  });

  const broken = [
    "SECRET",
    '{"deployKey":"SECRET"',
    '{"deployKey":["SECRET"]}',
    JSON.stringify({ secrets: { ...secrets, files: [{ ...file, mode: 400 }] } }),
  ];
  for (const text of broken) {
    it(`that are ${text.slice(0, 25)}… are refused without a word of them`, () => {
      throws(
        () => decodeStepSecrets(text),
        (error: Error) => {
          equal(error.message, "the secrets on stdin are of a form that this version does not know");
          // Neither message, cause nor stack: a failure's stack is printed.
          return !inspect(error, { depth: 9 }).includes("SECRET");
        },
      );
    });
  }
});
