import { deepEqual, equal, match } from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import type { NamedBuildHost } from "../../../components/protocol/build-host.js";
import { removeImageStep } from "../../../components/steps/image.js";
import { quiet } from "../nix/quiet.js";
import { Recorder } from "../recorder.js";
import { environmentOf, timeouts } from "./command.js";

const root = resolve(import.meta.dirname, "../../..");

describe("the step image", function () {
  this.timeout(30_000);
  quiet();
  let recorder: Recorder;
  let dir: string;

  beforeEach(() => {
    recorder = new Recorder();
    dir = mkdtempSync(join(tmpdir(), "image-step-"));
  });
  afterEach(() => {
    recorder.remove();
    rmSync(dir, { recursive: true });
  });

  const nas: NamedBuildHost = {
    name: "nas",
    config: { kind: "ssh", address: "nas.local", systems: ["aarch64-linux"] },
  };
  const wanted = {
    ...{ pi: "a", buildHost: nas, timeouts, drv: "/nix/store/1.drv", image: "/nix/store/1-x.img.zst" },
    evaluationFault: "",
  };
  const step = async (inputs: Partial<Parameters<typeof environmentOf>[0]> = {}) => {
    const { exitCode, stdout, stderr } = await execa(process.execPath, ["step.js", "image"], {
      ...{ cwd: root, reject: false, input: "" },
      env: environmentOf({ ...wanted, imageFolder: join(dir, "images/dev"), ...inputs }),
    });
    const { seconds, ...outcome } = JSON.parse(stdout) as Record<string, unknown>;
    equal(typeof seconds, "number");
    return { exitCode, outcome, stderr };
  };

  it("builds on the build host, and tells the file, its size and its hash", async () => {
    recorder.answer("nix");
    recorder.answer("ssh", { when: "-s --", stdout: "file=/nix/store/1-x.img.zst\nbytes=9\n" });
    recorder.answer("ssh", { when: "cat --", stdout: "the image" });
    recorder.answer("ssh");
    const { exitCode, outcome, stderr } = await step();
    const image = {
      path: join(dir, "images/dev/a.img.zst"),
      bytes: 9,
      sha256: "97e9d7a16021e6d07fbe28cce398f5847fc00c574991fbff65d95fd5e032d389",
    };
    deepEqual({ exitCode, outcome }, { exitCode: 0, outcome: { pi: "a", status: "built", image } });
    match(stderr, /a: building the image of its card on nas\n(.|\n)*100 % of the image is here/);
  });

  it("fails by itself, so that the state keeps the old image and the next run builds again", async () => {
    const message = "error: no sdImage";
    const unknown = await step({ drv: undefined, image: undefined, evaluationFault: message });
    deepEqual(unknown.outcome, { pi: "a", status: "failed", phase: "evaluation", message });
    equal(unknown.exitCode, 1);
    recorder.answer("nix", { exitCode: 1, stderr: "error: cannot connect to 'nas.local'\n" });
    const { exitCode, outcome } = await step();
    deepEqual([exitCode, outcome["status"], outcome["phase"]], [1, "failed", "build"]);
  });

  it("takes the image away with the Pi", async () => {
    mkdirSync(join(dir, "images"));
    for (const file of ["a.img.zst", "a.json", "b.img"]) writeFileSync(join(dir, "images", file), "");
    const environment = environmentOf({ pi: "a", imageFolder: join(dir, "images") });
    Object.assign(process.env, environment);
    try {
      deepEqual(await removeImageStep(), { status: "already there" });
    } finally {
      for (const name of Object.keys(environment)) delete process.env[name];
    }
    deepEqual(readdirSync(join(dir, "images")), ["b.img"]);
  });
});
