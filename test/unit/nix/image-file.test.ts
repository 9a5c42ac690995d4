import { equal } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { packageRoot } from "../../../components/shared/package-root.js";

describe("the image in a store path", () => {
  let store: string;
  beforeEach(() => (store = mkdtempSync(join(tmpdir(), "image-file-"))));
  afterEach(() => rmSync(store, { recursive: true }));

  const put = (path: string, text = "") => {
    mkdirSync(dirname(join(store, path)), { recursive: true });
    writeFileSync(join(store, path), text);
  };
  const told = async (path: string) => {
    const script = join(packageRoot, "components/nix/image-file.sh");
    const { stdout, exitCode, stderr } = await execa("sh", [script, join(store, path)], { reject: false });
    equal(exitCode, 0, stderr);
    return stdout.replaceAll(store, "");
  };

  for (const name of ["nixos.img", "nixos.img.zst", "disk.raw", "disk.raw.xz"])
    it(`is the file ${name}, beside what hydra is told`, async () => {
      put(`out/sd-image/${name}`, "an image");
      put("out/nix-support/hydra-build-products", "file sd-image /x.img");
      put("out/nix-support/system", "aarch64-linux");
      equal(await told("out"), `file=/out/sd-image/${name}\nbytes=8`);
    });

  it("may be the path itself, whatever its name is", async () => {
    put("out", "12345");
    equal(await told("out"), "file=/out\nbytes=5");
  });

  it("is told apart from none and from several", async () => {
    put("none/readme");
    equal(await told("none"), "found=");
    put("two/a.img");
    put("two/b/c.img.zst");
    equal((await told("two")).split("\n").sort().join(), "found=/two/a.img,found=/two/b/c.img.zst");
  });
});
