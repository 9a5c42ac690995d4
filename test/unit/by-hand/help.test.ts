import { deepEqual, equal, match } from "node:assert/strict";
import { commandName, helpText, verbs } from "../../../components/by-hand/help.js";

describe("the help of what is done by hand", () => {
  it("names the command as it was called", () => {
    equal(commandName({ npm_lifecycle_event: "pi" }), "npm run pi --");
    for (const event of ["test", undefined]) equal(commandName({ npm_lifecycle_event: event }), "pi-fleet");
  });

  it("has a line for each verb, with its arguments, in one column", () => {
    const lines = helpText("npm run pi --").split("\n\n")[0]!.split("\n");
    const all = Object.values(verbs);
    deepEqual(
      lines.map((line) => line.slice("npm run pi -- ".length).split(/ {2,}| (?=builds)/)[0]),
      all.map(({ usage }) => usage),
    );
    for (const [index, { does }] of all.entries()) equal(lines[index]!.indexOf(does), 33, lines[index]);
  });

  it("shows as many arguments as a verb takes", () => {
    for (const [verb, { usage, takes }] of Object.entries(verbs)) {
      const [name, ...words] = usage.split(" ");
      deepEqual([name, words.length], [verb, takes]);
    }
  });

  it("says that they go by the state", () => {
    match(helpText("pi-fleet"), /\n\nThe others work on the stack that is selected, beside its state:/);
  });
});
