import { deepEqual, equal } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { evaluateFleet } from "../../../components/evaluation/evaluate-fleet.js";
import { type FleetHost } from "../../../components/evaluation/fleet-json.js";
import { Recorder } from "../recorder.js";

const features = ["--extra-experimental-features", "nix-command flakes"];
const flags = ["eval", "--json", "--no-write-lock-file"];
const flake = mkdtempSync(join(tmpdir(), "flake-test-"));
const project = `path:${flake}`;
const answer = (name: string) => ({
  ...{ drvPath: `/nix/store/${name}.drv`, toplevel: `/nix/store/${name}`, system: "aarch64-linux" },
  unknown: "left out",
});
const evaluated = (name: string) => ({
  ...{ kind: "toplevel", drvPath: `/nix/store/${name}.drv`, outPath: `/nix/store/${name}` },
  system: "aarch64-linux",
});

// An answer is kept for the same fleet, so each test has Pis of its own names.
function host(flake?: FleetHost["flake"]): FleetHost {
  return {
    ...{ board: "pi4", modules: [], user: "pi", authorizedKeys: [], profiles: [], network: {} },
    ...{ fleet: {}, runners: [], settings: {} },
    ...(flake ? { flake } : {}),
  };
}

describe("evaluating a fleet", () => {
  let recorder: Recorder;
  beforeEach(() => (recorder = new Recorder(["nix"])));
  afterEach(() => recorder.remove());
  after(() => rmSync(flake, { recursive: true }));
  const argvs = () => recorder.calls().map(({ argv }) => argv);
  const evaluate = (hosts: Record<string, FleetHost>, overrideInputs: Record<string, string> = {}) =>
    evaluateFleet(hosts, { flake, overrideInputs });

  it("asks once for all, with the fleet as an input and no lock written", async () => {
    recorder.answer("nix", { stdout: JSON.stringify({ a1: answer("a1"), b1: answer("b1") }) });
    const hosts = { a1: host(), b1: host() };
    deepEqual(await evaluate(hosts), { a1: evaluated("a1"), b1: evaluated("b1") });
    equal(await evaluate(hosts), await evaluate(hosts));
    deepEqual(recorder.call(), {
      program: "nix",
      argv: [...features, ...flags, `${project}#fleetPlan`, "--override-input", "fleet", "path:FLEET"],
      stdin: "",
      env: { LC_ALL: "C" },
    });
  });

  it("overrides further inputs, those of the project's directory by their absolute paths", async () => {
    recorder.answer("nix", { stdout: JSON.stringify({ a2: answer("a2") }) });
    await evaluate(
      { a2: host() },
      { nixpkgs: "path:./pkgs", hardware: "./hw", other: "github:o/r", abs: "path:/x" },
    );
    deepEqual(recorder.call().argv, [
      ...[...features, ...flags, `${project}#fleetPlan`],
      ...["--override-input", "nixpkgs", `path:${resolve("pkgs")}`],
      ...["--override-input", "hardware", `path:${resolve("hw")}`],
      ...["--override-input", "other", "github:o/r"],
      ...["--override-input", "abs", "path:/x"],
      ...["--override-input", "fleet", "path:FLEET"],
    ]);
  });

  it("asks Pi by Pi after a failure, so that the others still show", async () => {
    recorder.answer("nix", { when: "#fleetPlan.a3", stdout: JSON.stringify(answer("a3")) });
    recorder.answer("nix", { exitCode: 1, stderr: "error: attribute 'x' missing\n" });
    deepEqual(await evaluate({ a3: host(), b3: host() }), {
      a3: evaluated("a3"),
      b3: { kind: "failed", message: "error: attribute 'x' missing" },
    });
    const fleet = ["--override-input", "fleet", "path:FLEET"];
    deepEqual(
      argvs(),
      ["fleetPlan", "fleetPlan.a3", "fleetPlan.b3"].map((attr) => [
        ...[...features, ...flags, `${project}#${attr}`, ...fleet],
      ]),
    );
  });

  it("tells a failure that all share once", async () => {
    recorder.answer("nix", { exitCode: 1, stderr: "error: no network\n" });
    deepEqual(await evaluate({ a4: host(), b4: host(), c4: host() }), {
      a4: { kind: "failed", message: "error: no network" },
      b4: { kind: "failed", message: "as for a4" },
      c4: { kind: "failed", message: "as for a4" },
    });
  });

  it("does not ask again for the only Pi there is", async () => {
    recorder.answer("nix", { exitCode: 1, stderr: "error: no\n" });
    deepEqual(await evaluate({ a5: host() }), { a5: { kind: "failed", message: "error: no" } });
    equal(recorder.calls().length, 1);
  });

  it("asks a user's own flake for the Pis that are in it, and the project's for no other", async () => {
    recorder.answer("nix", { when: "#nixosConfigurations", stdout: JSON.stringify({ b6: answer("b6") }) });
    deepEqual(await evaluate({ b6: host({ ref: "./mine", attr: "attic" }) }), { b6: evaluated("b6") });
    deepEqual(recorder.call().argv, [
      ...[...features, ...flags, `path:${resolve("mine")}#nixosConfigurations`, "--apply"],
      `configurations: builtins.mapAttrs (_: attr: let
      inherit (configurations.\${attr}.config.system) build;
    in { inherit (build.toplevel) drvPath system; toplevel = build.toplevel.outPath; })
    (builtins.fromJSON "{\\"b6\\":\\"attic\\"}")`,
    ]);
  });

  it("fails plainly on an answer of another form, and without Nix", async () => {
    recorder.answer("nix", { stdout: JSON.stringify({ a7: { drvPath: 1, toplevel: "/x" } }) });
    const { a7 } = await evaluate({ a7: host() });
    deepEqual(a7, {
      kind: "failed",
      message:
        "the answer of nix eval is of a form that this version does not know: a7.drvPath: Invalid input: expected " +
        "string, received number; a7.system: Invalid input: expected string, received undefined",
    });
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      equal((await evaluate({ a8: host() }))["a8"]?.kind, "failed");
    } finally {
      process.env["PATH"] = path;
    }
  });
});
