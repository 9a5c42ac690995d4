import { deepEqual, equal } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisMachine } from "../../../components/nix/build-host-target.js";
import { closureOn } from "../../../components/nix/closure-on.js";
import { parseClosure } from "../../../components/nix/closure.js";
import { packageRoot } from "../../../components/shared/package-root.js";
import { Recorder } from "../recorder.js";
import { flakes, nas, nasArguments } from "./command-lines.js";

const toplevel = "/nix/store/2-nixos";
const script = readFileSync(join(packageRoot, "components/nix/closure.sh"), "utf8");

describe("a closure", () => {
  let recorder: Recorder;
  let old: string;
  beforeEach(() => {
    recorder = new Recorder();
    old = mkdtempSync(join(tmpdir(), "closure-test-"));
  });
  afterEach(() => {
    recorder.remove();
    rmSync(old, { recursive: true });
  });

  it("is asked of this machine's store, and compared with what that has", async () => {
    const before = `path-info --recursive ${old}`;
    recorder.answer("nix", { when: before, stdout: "/nix/store/1-linux\n/nix/store/0-nixos\n" });
    recorder.answer("nix", {
      when: "path-info",
      stdout: `${toplevel}\t  2048\n/nix/store/1-linux\t4096\n`,
    });
    recorder.answer("nix", { when: "diff-closures", stdout: "linux: 1 → 2, \u001b[31;1m+1 KiB\u001b[0m\n" });
    deepEqual(await closureOn(thisMachine, { toplevel, old }), {
      sizes: new Map([
        [toplevel, 2048],
        ["/nix/store/1-linux", 4096],
      ]),
      boots: [],
      packages: ["linux: 1 → 2, +1 KiB"],
      added: [toplevel],
    });
    deepEqual(
      recorder.calls().map(({ argv, stdin }) => [argv, stdin]),
      [
        [[...flakes, "path-info", "--recursive", "--size", toplevel], ""],
        [[...flakes, "store", "diff-closures", old, toplevel], ""],
        [[...flakes, "path-info", "--recursive", old], ""],
      ],
    );
  });

  it("is not compared with a system that the store does not have", async () => {
    recorder.answer("nix", { when: "path-info", stdout: `${toplevel}\t2048\n` });
    const closure = await closureOn(thisMachine, { toplevel, old: "/nix/store/0-gone" });
    equal(closure?.packages, undefined);
    equal(recorder.calls().length, 1);
  });

  it("names what a boot loader copies", async () => {
    const system = mkdtempSync(join(tmpdir(), "closure-system-"));
    try {
      writeFileSync(join(system, "kernel"), "");
      recorder.answer("nix", { when: "path-info", stdout: `${system}\t2048\n` });
      const closure = await closureOn(thisMachine, { toplevel: system, old: "" });
      // Of a path in the store, the store path: `/nix/store/HASH-linux/Image` is a file of it.
      deepEqual(closure?.boots, [`${system}/kernel`.split("/").slice(0, 4).join("/")]);
    } finally {
      rmSync(system, { recursive: true });
    }
  });

  it("on a build host is asked by the same script on stdin", async () => {
    recorder.answer("ssh", { stdout: `size=${toplevel} 2048\ncompared=yes\n` });
    const closure = await closureOn(nas, { toplevel, old: "/nix/store/1-nixos" });
    deepEqual(closure, { sizes: new Map([[toplevel, 2048]]), boots: [], packages: [], added: [] });
    deepEqual(recorder.call(), {
      program: "ssh",
      argv: [...[...nasArguments, "me@nas.local", "--"], `sh -s -- ${toplevel} /nix/store/1-nixos`],
      stdin: script,
      env: { LC_ALL: "C" },
    });
  });

  it("of a store that can't tell is unknown", async () => {
    recorder.answer("nix", { exitCode: 1 });
    recorder.answer("ssh", { exitCode: 255 });
    for (const host of [thisMachine, nas]) equal(await closureOn(host, { toplevel, old }), undefined);
  });

  it("is read from KEY=VALUE lines", () => {
    const text = [
      "size=/nix/store/1-a \t 10",
      "size=nonsense",
      "boots=/nix/store/1-a/Image",
      "change=x",
    ].join("\n");
    deepEqual(parseClosure(text), {
      sizes: new Map([["/nix/store/1-a", 10]]),
      boots: ["/nix/store/1-a"],
      packages: undefined,
      added: undefined,
    });
  });
});
