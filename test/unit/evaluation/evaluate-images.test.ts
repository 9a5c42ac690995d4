import { deepEqual, equal, match } from "node:assert/strict";
import { resolve } from "node:path";
import { hostShape } from "../../../components/config/host-options.js";
import { evaluateImages } from "../../../components/evaluation/evaluate-images.js";
import { fleetHost, fleetJson } from "../../../components/evaluation/fleet-json.js";
import { Recorder } from "../recorder.js";

const host = (flake?: { ref: string; attr: string }) =>
  fleetHost("x", hostShape.parse({ board: "pi4", ...(flake ? { flake } : {}) }), []);
const config = { flake: "nix", overrideInputs: { nixpkgs: "path:/nixpkgs" } };
const answer = (name: string) => ({ drvPath: `/nix/store/${name}.drv`, image: `/nix/store/${name}` });
const evaluated = (name: string) => ({
  ...{ kind: "image", drvPath: `/nix/store/${name}.drv`, outPath: `/nix/store/${name}` },
});

describe("the evaluation of images", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["nix"])));
  afterEach(() => recorder.remove());

  it("asks the project's flake for the images that are asked for, in one run", async () => {
    recorder.answer("nix", { stdout: JSON.stringify({ a: answer("a"), b: answer("b") }) });
    const images = await evaluateImages({ a: host(), b: host() }, config, "dev");
    deepEqual(images, { a: evaluated("a"), b: evaluated("b") });
    match(recorder.call().argv.join(" "), /eval --json --no-write-lock-file \S+#imagePlan /);
  });

  it("tells the stack's name, which is no part of what systems are told", () => {
    equal((JSON.parse(fleetJson({ a: host() }, "dev")) as Record<string, unknown>)["stack"], "dev");
    equal("stack" in (JSON.parse(fleetJson({ a: host() })) as object), false);
  });

  it("takes a configuration's own image in a flake of one's own, or nixpkgs' variant, or says that there is neither", async () => {
    recorder.answer("nix", { stdout: JSON.stringify({ a: answer("a") }) });
    const own = host({ ref: "./mine", attr: "attic" });
    deepEqual(await evaluateImages({ a: own }, config, "dev"), { a: evaluated("a") });
    const { argv } = recorder.call();
    equal(argv[5], `path:${resolve("mine")}#nixosConfigurations`);
    match(
      argv[7]!,
      /image = build\.sdImage or build\.images\.sd-card or \(throw "it has neither config\.system\.build\.sdImage nor /,
    );
  });

  it("that fails for one Pi is told for that one", async () => {
    const missing = "error: host 'b' has no card's image";
    recorder.answer("nix", { when: "#imagePlan.a", stdout: JSON.stringify(answer("a")) });
    recorder.answer("nix", { exitCode: 1, stderr: `${missing}\n` });
    deepEqual(await evaluateImages({ a: host(), b: host() }, config, "dev"), {
      ...{ a: evaluated("a"), b: { kind: "failed", message: missing } },
    });
  });
});
