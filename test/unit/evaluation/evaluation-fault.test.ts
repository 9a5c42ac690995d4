import { equal, match } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { host } from "../../../components/config/host.js";
import { evaluationFault } from "../../../components/evaluation/evaluation-fault.js";
import { noNix } from "../../../components/nix/nix-error.js";
import { Recorder } from "../recorder.js";

describe("why nothing can be evaluated", () => {
  let recorder: Recorder;
  let flake: string;
  beforeEach(() => {
    recorder = new Recorder(["nix"]);
    flake = mkdtempSync(join(tmpdir(), "flake-test-"));
  });
  afterEach(() => {
    recorder.remove();
    rmSync(flake, { recursive: true });
  });
  const hosts = { a: host.parse({ board: "pi4" }) };
  const fault = (overrideInputs: Record<string, string> = {}) =>
    evaluationFault(hosts, { flake, overrideInputs });

  it("is the absence of Nix, whatever else", () => {
    const path = process.env["PATH"];
    process.env["PATH"] = flake;
    try {
      equal(fault(), noNix);
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("is the absence of the flake, and then of its lock", () => {
    equal(fault(), `pi-fleet:nix.flake: there is no flake.nix in ${flake}, looked for at ${flake}.`);
    writeFileSync(join(flake, "flake.nix"), "");
    match(
      fault() ?? "",
      /flake\.lock is missing, so every run would take another nixpkgs\. .*\n {2}nix .* flake lock/,
    );
    equal(fault({ nixpkgs: "path:/x" }), undefined);
    writeFileSync(join(flake, "flake.lock"), "");
    equal(fault(), undefined);
  });

  it("is nothing about a flake that no host needs", () => {
    const foreign = { a: host.parse({ board: "pi4", flake: { ref: "github:me/config" } }) };
    equal(evaluationFault(foreign, { flake, overrideInputs: {} }), undefined);
  });

  it("is found without starting a process", () => {
    fault();
    equal(recorder.calls().length, 0);
  });
});
