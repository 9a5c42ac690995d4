import { deepEqual, throws } from "node:assert/strict";
import { verdictStep } from "../../../components/steps/verdict.js";
import { command } from "./command.js";

describe("the verdict", () => {
  const given = command();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- put back as it was
  const { write } = process.stderr;
  let said: string;

  beforeEach(() => {
    said = "";
    process.stderr.write = (text: Uint8Array | string) => {
      said += String(text);
      return true;
    };
  });
  afterEach(() => (process.stderr.write = write));

  it("is silent when all Pis are where they should be", () => {
    given.tells({ failed: "" });
    deepEqual([verdictStep(), said], [0, ""]);
  });

  it("fails the run, names each Pi, and says what to do", () => {
    given.tells({ failed: "a: copy failed: no way\nb: held back: a failed" });
    deepEqual(
      [verdictStep(), said],
      [1, "a: copy failed: no way\nb: held back: a failed\nThe next pulumi up does what is left\n"],
    );
  });

  it("is none without its input", () => {
    given.set({ FAILED: undefined });
    throws(verdictStep, /without FAILED/);
  });
});
