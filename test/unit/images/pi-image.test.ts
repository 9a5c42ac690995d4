import { deepEqual, equal, rejects } from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { piImage, type PiImageOrder } from "../../../components/images/pi-image.js";
import { thisMachine } from "../../../components/nix/build-host-target.js";
import { nas } from "../nix/command-lines.js";
import { quiet } from "../nix/quiet.js";
import { Recorder } from "../recorder.js";

describe("the image of a Pi's card", () => {
  quiet();
  let recorder: Recorder;
  let dir: string;
  const before = process.env["XDG_STATE_HOME"];

  beforeEach(() => {
    recorder = new Recorder();
    dir = mkdtempSync(join(tmpdir(), "pi-image-"));
    process.env["XDG_STATE_HOME"] = join(dir, "state");
    mkdirSync(join(dir, "store/sd-image"), { recursive: true });
    writeFileSync(join(dir, "store/sd-image/nixos.img.zst"), "the image");
  });
  afterEach(() => {
    recorder.remove();
    rmSync(dir, { recursive: true });
    if (before === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before;
  });

  const order = (buildHost = thisMachine): PiImageOrder => ({
    ...{ pi: "a", buildHost, timeouts: { build: 20, copy: 20 } },
    ...{ drv: "/nix/store/1.drv", image: join(dir, "store"), folder: join(dir, "images/dev") },
  });
  const get = async (buildHost = thisMachine) => {
    const shares: number[] = [];
    const kept = await piImage(order(buildHost), (share) => shares.push(share));
    return { kept: readFileSync(kept.path, "utf8"), last: shares.at(-1) };
  };
  const words = () =>
    recorder.calls().map(({ program, argv }) => `${program} ${argv.slice(-1)[0]!.split("\n")[0]}`);

  it("is built and kept once, and the store may have its copy back", async () => {
    recorder.answer("nix");
    deepEqual(await get(), { kept: "the image", last: 1 });
    const root = join(dir, "state/pi-fleet/roots/a-image");
    deepEqual(words(), [`nix ${root}`]);
    deepEqual(readdirSync(join(dir, "state/pi-fleet/roots")), []);
    deepEqual(await get(), { kept: "the image", last: undefined });
    equal(recorder.calls().length, 1);
  });

  it("comes over ssh from the build host where it was built", async () => {
    recorder.answer("nix");
    recorder.answer("ssh", { when: " build " });
    recorder.answer("ssh", { when: "-s --", stdout: "file=/nix/store/1/x.img\nbytes=9\n" });
    recorder.answer("ssh", { when: "cat --", stdout: "from afar" });
    recorder.answer("ssh", { when: "rm -f" });
    deepEqual(await get(nas), { kept: "from afar", last: 1 });
    deepEqual(words().slice(2), [
      `ssh sh -s -- ${join(dir, "store")}`,
      "ssh cat -- /nix/store/1/x.img",
      "ssh rm -f .local/state/pi-fleet/roots/a-image",
    ]);
  });

  it("is none when the store path has no image, or several", async () => {
    recorder.answer("nix");
    writeFileSync(join(dir, "store/sd-image/second.img"), "");
    await rejects(get(), {
      ...{ name: "PhaseError", phase: "build" },
      message: new RegExp(
        `^${dir}/store is no image of a card: it should have one file named NAME\\.img or NAME\\.img\\.zst, and has .*, .*$`,
      ),
    });
    rmSync(join(dir, "store/sd-image"), { recursive: true });
    await rejects(get(), /and has none$/);
  });

  it("that does not come to its end is told with the phase", async () => {
    recorder.answer("nix");
    recorder.answer("ssh", { when: "cat --", stdout: "from", exitCode: 1, stderr: "cat: I/O error" });
    recorder.answer("ssh", { stdout: "file=/nix/store/1/x.img\nbytes=9\n" });
    await rejects(get(nas), {
      ...{ name: "PhaseError", phase: "copy" },
      message:
        "the image from the build host: nas (nas.local) began to answer and did not end: cat: I/O error",
    });
  });
});
