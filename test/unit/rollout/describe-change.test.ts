import { deepEqual, match } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisMachine } from "../../../components/nix/build-host-target.js";
import { closureKept } from "../../../components/nix/kept-closure.js";
import { describeChange } from "../../../components/rollout/describe-change.js";
import { Recorder } from "../recorder.js";

describe("what changes on a Pi", () => {
  const toplevel = "/nix/store/2-nixos";
  const before = process.env["XDG_CACHE_HOME"];
  let recorder: Recorder;
  let old: string;
  beforeEach(() => {
    recorder = new Recorder();
    old = process.env["XDG_CACHE_HOME"] = mkdtempSync(join(tmpdir(), "change-test-"));
    recorder.answer("nix", { when: `path-info --recursive ${old}`, stdout: "/nix/store/1-linux\n" });
    recorder.answer("nix", { when: "path-info", stdout: `${toplevel}\t2048\n/nix/store/1-linux\t4096\n` });
    recorder.answer("nix", { when: "diff-closures" });
    recorder.answer("ssh", {
      stdout: `room=/nix/store / 1000\nmissing=${toplevel}\nmissing=/nix/store/1-linux\n`,
    });
  });
  afterEach(() => {
    recorder.remove();
    rmSync(old, { recursive: true });
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
  });

  const change = (free: number | undefined, system = old) =>
    describeChange({
      ...{
        target: { name: "pi", address: "10.0.0.9" },
        deployKey: "",
        connectSeconds: 5,
        builtOn: thisMachine,
      },
      ...{ old: system, free, toplevel, caches: [] },
    });
  const asked = () => recorder.calls().filter(({ program }) => program === "ssh").length;

  it("is known without another login when what the Pi runs can be compared", async () => {
    const { lines } = await change(1024 * 1000);
    match(lines[1] ?? "", /^size: at most 2\.0 KiB on the card, where 1\.0 MiB are free/);
    deepEqual(asked(), 0);
  });

  it("is asked of the Pi when it can't, or when the Pi did not tell its room", async () => {
    for (const { lines } of [await change(undefined), await change(1024, "/nix/store/0-gone")])
      match(lines[1] ?? "", /^size: 6\.0 KiB on the card, where 1\.0 MiB are free/);
    deepEqual(asked(), 2);
  });

  it("is kept for the step that copies it", async () => {
    await change(1024);
    deepEqual([...((await closureKept(toplevel))?.sizes.keys() ?? [])], [toplevel, "/nix/store/1-linux"]);
  });
});
