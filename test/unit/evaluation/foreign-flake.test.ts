import assert from "node:assert/strict";
import { resolve } from "node:path";
import { evaluateForeign, foreignToplevels } from "../../../components/evaluation/foreign-flake.js";
import { Recorder } from "../recorder.js";

describe("flakes of one's own", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["nix"])));
  afterEach(() => recorder.remove());

  const flakes = () =>
    recorder
      .calls()
      .map(({ argv }) => argv[5])
      .sort();
  const answer = (...names: string[]) => ({
    when: `\\"${names[0]}\\"`,
    stdout: JSON.stringify(
      Object.fromEntries(
        names.map((name) => [
          name,
          { drvPath: `/nix/store/${name}.drv`, toplevel: `/nix/store/${name}`, system: "x86_64-linux" },
        ]),
      ),
    ),
  });

  it("are evaluated once each, however many Pis are in them", async () => {
    recorder.answer("nix", answer("a", "b"));
    recorder.answer("nix", answer("c"));
    const pis = {
      a: { ref: "github:me/config", attr: "a" },
      b: { ref: "github:me/config", attr: "b" },
      c: { ref: "./mine", attr: "c" },
    };
    const evaluations = await evaluateForeign(pis, foreignToplevels);
    assert.deepEqual(Object.keys(evaluations).sort(), ["a", "b", "c"]);
    assert(evaluations["c"]?.kind === "toplevel");
    assert.equal(evaluations["c"].outPath, "/nix/store/c");
    assert.deepEqual(flakes(), [
      "github:me/config#nixosConfigurations",
      `path:${resolve("mine")}#nixosConfigurations`,
    ]);
  });

  it("that fail are asked again Pi by Pi, so that the others still show", async () => {
    recorder.answer("nix", { when: "broken", exitCode: 1, stderr: "error: attribute 'nowhere' missing\n" });
    recorder.answer("nix", answer("a"));
    const pis = {
      a: { ref: "github:me/config", attr: "a" },
      broken: { ref: "github:me/config", attr: "nowhere" },
    };
    const evaluations = await evaluateForeign(pis, foreignToplevels);
    assert.equal(evaluations["a"]?.kind, "toplevel");
    assert(evaluations["broken"]?.kind === "failed");
    assert.match(evaluations["broken"].message, /attribute 'nowhere' missing/);
    assert.equal(flakes().length, 3);
  });

  it("are not evaluated when there are none", async () => {
    assert.deepEqual(await evaluateForeign({}, foreignToplevels), {});
    assert.deepEqual(flakes(), []);
  });
});
