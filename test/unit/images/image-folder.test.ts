import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { ImageFolder } from "../../../components/images/image-folder.js";

describe("the folder of images", () => {
  let dir: string;
  let folder: ImageFolder;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "image-folder-"));
    folder = new ImageFolder(join(dir, "images/dev"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const file = (name: string) => join(dir, "images/dev", name);
  const keep = (pi: string, text: string, path = "/nix/store/1/x.img.zst", bytes = text.length) => {
    async function* content() {
      for (const byte of text) yield await Promise.resolve(Buffer.from(byte));
    }
    return folder.keep(pi, `/nix/store/${text}`, { path, bytes, content: content() }, () => undefined);
  };
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");

  it("keeps one image for each Pi, by the Pi's name and the image's ending, and tells its size and hash", async () => {
    const kept = { path: file("a.img.zst"), bytes: 5, sha256: hash("first") };
    deepEqual(await keep("a", "first"), kept);
    await keep("b", "other");
    equal(readFileSync(file("a.img.zst"), "utf8"), "first");
    deepEqual(await folder.find("a", "/nix/store/first"), kept);
    equal(await folder.find("a", "/nix/store/second"), undefined);
    equal(await folder.find("c", "/nix/store/first"), undefined);
    await keep("a", "second", "/nix/store/1/x.img");
    deepEqual(readdirSync(file("")).sort(), [".gitignore", "a.img", "a.json", "b.img.zst", "b.json"]);
    equal((await folder.find("a", "/nix/store/second"))?.path, file("a.img"));
  });

  it("has none that was cut off, damaged or taken away", async () => {
    for (const text of ["firs", "FIRST"]) {
      await keep("a", "first");
      writeFileSync(file("a.img.zst"), text);
      equal(await folder.find("a", "/nix/store/first"), undefined);
    }
    await keep("a", "first");
    rmSync(file("a.img.zst"));
    equal(await folder.find("a", "/nix/store/first"), undefined);
    writeFileSync(file("a.json"), "no note of ours");
    equal(await folder.find("a", "/nix/store/first"), undefined);
  });

  it("keeps the old image until the new one is whole", async () => {
    await keep("a", "first");
    await rejects(keep("a", "second", "/nix/store/2/y.img.zst", 7), {
      message: "/nix/store/2/y.img.zst has 7 bytes, and 6 of them were read. Try again.",
    });
    ok(await folder.find("a", "/nix/store/first"));
  });

  it("says when the disk is full, and takes the part away", async () => {
    async function* full() {
      yield await Promise.resolve(Buffer.from("some"));
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    }
    const image = { path: "/nix/store/1/x.img", bytes: 9, content: full() };
    await rejects(
      folder.keep("a", "/nix/store/1", image, () => undefined),
      /images\/dev has no room for the image: free some, or name another folder in pi-fleet:images\.folder\.$/,
    );
    deepEqual(readdirSync(file("")), [".gitignore"]);
  });

  it("is nothing that git would add", async () => {
    await keep("a", "first");
    await execa("git", ["init", "--quiet", dir]);
    const { stdout } = await execa("git", ["-C", dir, "status", "--porcelain", "--untracked-files=all"]);
    equal(stdout, "");
  });

  it("forgets a Pi, and no other", async () => {
    await folder.remove("a");
    await keep("a", "first");
    await keep("a-a", "other");
    await folder.remove("a");
    deepEqual(readdirSync(file("")).sort(), [".gitignore", "a-a.img.zst", "a-a.json"]);
    equal(existsSync(file("a.json")), false);
  });
});
