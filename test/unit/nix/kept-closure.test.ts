import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closureKept, keepClosure } from "../../../components/nix/kept-closure.js";

describe("a closure that was asked for", () => {
  const before = process.env["XDG_CACHE_HOME"];
  let cache: string;
  const folder = () => join(cache, "pi-fleet/closures");
  beforeEach(async () => {
    cache = process.env["XDG_CACHE_HOME"] = await mkdtemp(join(tmpdir(), "kept-closure-test-"));
  });
  afterEach(async () => {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
    await rm(cache, { recursive: true });
  });

  const toplevel = "/nix/store/2-nixos";
  const closure = {
    ...{ sizes: new Map([[toplevel, 2048]]), boots: ["/nix/store/1-linux"] },
    ...{ packages: ["linux: 1 → 2"], added: [toplevel] },
  };

  it("is known to the next process, without what it was compared with", async () => {
    equal(await closureKept(toplevel), undefined);
    await keepClosure(toplevel, closure);
    deepEqual(await closureKept(toplevel), {
      ...{ sizes: closure.sizes, boots: closure.boots, packages: undefined },
    });
    equal(await closureKept("/nix/store/3-nixos"), undefined);
  });

  it("is not known when its file is damaged, or can't be written", async () => {
    await keepClosure(toplevel, closure);
    for (const text of ["", "{", '{"sizes":[["/nix/store/1-a"]],"boots":[]}']) {
      await writeFile(join(folder(), "2-nixos.json"), text);
      equal(await closureKept(toplevel), undefined, text);
    }
    await rm(join(cache, "pi-fleet"), { recursive: true });
    await writeFile(join(cache, "pi-fleet"), "");
    await keepClosure(toplevel, closure);
    equal(await closureKept(toplevel), undefined);
  });

  it("is removed after some days", async () => {
    await keepClosure(toplevel, closure);
    const old = new Date(Date.now() - 8 * 86_400_000);
    await utimes(join(folder(), "2-nixos.json"), old, old);
    await keepClosure("/nix/store/3-nixos", closure);
    deepEqual(await readdir(folder()), ["3-nixos.json"]);
  });
});
