import { equal, rejects } from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { execaSync } from "execa";
import { flakeRef } from "../../../components/evaluation/flake-ref.js";
import { UserError } from "../../../components/shared/user-error.js";

describe("a flake reference for Nix", () => {
  let dir: string;
  beforeEach(() => (dir = realpathSync(mkdtempSync(join(tmpdir(), "flake ref-")))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const git = (...argv: string[]) => execaSync("git", ["-C", dir, ...argv]);
  const file = (path: string, text = "") => {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const encoded = () => dir.replaceAll(" ", "%20");

  it("is left as it is when it names no folder", async () => {
    for (const ref of ["github:me/config?dir=x", "git+file:///x?dir=y", "nixpkgs", "git+ssh://git@h/r"])
      equal(await flakeRef(ref), ref);
  });

  it("is the bare path in a git tree, from which Nix takes what git knows", async () => {
    git("init", "--quiet");
    file("cfg/flake.nix");
    file("flake.nix");
    git("add", ".");
    equal(await flakeRef(join(dir, "cfg")), join(dir, "cfg"));
    equal(await flakeRef(`./${relative(".", join(dir, "cfg"))}`), join(dir, "cfg"));
    equal(await flakeRef(dir), dir);
    equal(await flakeRef(`${dir}?dir=cfg`), `${dir}?dir=cfg`);
  });

  it("copies a folder that is in no git tree, or where `path:` says so", async () => {
    file("flake.nix");
    equal(await flakeRef(dir), `path:${encoded()}`);
    git("init", "--quiet");
    git("add", ".");
    equal(await flakeRef(`path:${dir}`), `path:${encoded()}`);
    equal(await flakeRef("path:./x?dir=y"), `path:${resolve("x")}?dir=y`);
    equal(await flakeRef("~/no such folder"), `path:${homedir()}/no%20such%20folder`);
  });

  it("copies a package that git ignores, and a source in a git tree that is no flake", async () => {
    git("init", "--quiet");
    file(".gitignore", "node_modules\n");
    file("node_modules/pi-fleet/nix/flake.nix");
    file("node_modules/pi-fleet/nix/flake.lock");
    file("hardware/default.nix");
    const needed = ["flake.nix", "flake.lock"];
    const folder = "node_modules/pi-fleet/nix";
    equal(await flakeRef(join(dir, folder), needed), `path:${encoded()}/${folder}`);
    equal(await flakeRef(join(dir, "hardware")), `path:${encoded()}/hardware`);
    equal(await flakeRef(dir), dir);
  });

  it("copies a folder below the root of a tree that git refuses to look at, as it is somebody else's", async () => {
    git("init", "--quiet");
    file("nix/flake.nix");
    git("add", ".");
    // setup.c of git: as if the tree had another owner.
    process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1";
    try {
      equal(await flakeRef(join(dir, "nix")), `path:${encoded()}/nix`);
      equal(await flakeRef(dir), dir);
    } finally {
      delete process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"];
    }
  });

  it("is refused when git does not know a file that Nix needs", async () => {
    git("init", "--quiet");
    file("nix/flake.nix");
    file("nix/flake.lock");
    const folder = join(dir, "nix");
    const refused = (files: string) => ({
      name: UserError.name,
      message:
        `git does not know ${files.replace(" ", " and ")} in ${folder}, and of a git tree Nix sees what git knows. ` +
        `Run: git -C '${folder}' add ${files}`,
    });
    await rejects(flakeRef(folder), refused("flake.nix"));
    await rejects(flakeRef(folder, ["flake.nix", "flake.lock"]), refused("flake.nix flake.lock"));
    git("add", "nix/flake.nix");
    await rejects(flakeRef(folder, ["flake.nix", "flake.lock"]), refused("flake.lock"));
    equal(await flakeRef(folder), folder);
  });
});
