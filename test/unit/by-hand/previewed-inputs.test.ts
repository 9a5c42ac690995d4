import { deepEqual, throws } from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePreview, previewedInputs } from "../../../components/by-hand/previewed-inputs.js";
import { environmentOf, timeouts } from "../steps/command.js";

const shared = {
  buildHost: { name: "nas", config: { kind: "local" } },
  timeouts,
  target: { name: "a", address: "a" },
} as const;
const wanted = {
  ...shared,
  health: { units: [] as string[] },
  reboot: { when: "never", limit: 20, board: "pi4" },
  idle: 600,
} as const;
const system = { drv: "/nix/store/1.drv", toplevel: "/nix/store/1" };
const build = { pi: "a", ...shared, ...system, evaluationFault: "" };

function step(name: string, environment?: object) {
  const urn = `urn:pulumi:s::p::pi-fleet:index:Pi$command:local:Command::${name}`;
  return { op: "update", urn, newState: { inputs: environment ? { environment } : {} } };
}

const steps = [
  step("fleet"),
  // Another Pi, whose name ends like this one's.
  step("a-a-build", environmentOf({ ...build, drv: "/nix/store/2.drv" })),
  step("a-build", environmentOf(build)),
  step("a-activation", environmentOf({ pi: "a", ...wanted, toplevel: system.toplevel })),
];
const preview = (more: object = {}) => JSON.stringify({ steps, ...more }, null, 2);

describe("what config wants of a Pi now", () => {
  it("is read from the inputs of its Commands in a preview", () => {
    deepEqual(parsePreview("a", preview(), ""), { ...wanted, ...system });
  });

  it("is read after what the engine says before the JSON", () => {
    const noise = "warning: using pulumi-resource-command from $PATH\n";
    deepEqual(parsePreview("a", noise + preview(), ""), { ...wanted, ...system });
  });

  it("can't be told of a config with faults, which are repeated, and no warnings", () => {
    const diagnostics = [
      { severity: "warning", message: "old" },
      { severity: "error", message: "pi-fleet:hosts.a.board: unknown\n" },
      { severity: "error", message: "and more" },
    ];
    throws(() => parsePreview("a", JSON.stringify({ diagnostics }), "other"), {
      name: "UserError",
      message: "What a should run can't be told:\npi-fleet:hosts.a.board: unknown\nand more",
    });
  });

  for (const stdout of ["", "{}", "no JSON at all", preview({ steps: [step("a-build")] })]) {
    it(`can't be told by "${stdout.slice(0, 20)}", and the engine's own words are repeated`, () => {
      throws(() => parsePreview("a", stdout, "error: no stack selected\n"), {
        ...{ name: "UserError", message: "What a should run can't be told:\nerror: no stack selected" },
      });
    });
  }

  it("is nothing while the evaluation fails, which says why", () => {
    const failed = environmentOf({
      ...build,
      drv: undefined,
      toplevel: undefined,
      evaluationFault: "error: x",
    });
    throws(() => parsePreview("a", preview({ steps: [step("a-build", failed), steps[3]] }), ""), {
      ...{ name: "UserError", message: "a: its evaluation fails:\nerror: x" },
    });
  });

  describe("from the engine", () => {
    const path = process.env["PATH"];
    let dir: string;
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), "fake-pulumi-"));
      const script = `#!/bin/sh\nprintf '%s\\n' "$PI_FLEET_ONLY" "$@" >${dir}/called\ncat ${dir}/answer\n`;
      writeFileSync(join(dir, "pulumi"), script);
      chmodSync(join(dir, "pulumi"), 0o755);
      writeFileSync(join(dir, "answer"), preview());
      process.env["PATH"] = `${dir}:${path}`;
    });
    afterEach(() => {
      process.env["PATH"] = path;
      rmSync(dir, { recursive: true });
    });

    it("is asked for with the Pi alone, also when nothing would change", async () => {
      deepEqual(await previewedInputs("a"), { ...wanted, ...system });
      const called = readFileSync(join(dir, "called"), "utf8").split("\n").slice(0, -1);
      deepEqual(called, ["a", "preview", "--json", "--show-sames", "--non-interactive"]);
    });
  });
});
