import { deepEqual, equal, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import {
  packBundle,
  parseImageMarker,
  unpackBundle,
  whyRefused,
  type BundleFile,
  type FirstBootBundle,
} from "../../../components/images/first-boot-bundle.js";
import { packTar, unpackTar } from "../../../components/images/tar.js";

const file = (more: Partial<BundleFile> = {}): BundleFile => ({
  path: "/etc/ssh/ssh_host_ed25519_key",
  content: Buffer.from("a key\n"),
  owner: "root",
  group: "root",
  mode: "0600",
  ...more,
});
const bundle = (files: BundleFile[] = [file()]): FirstBootBundle => ({
  ...{ host: "pi4", stack: "dev", user: "deploy", files },
});

describe("a first-boot bundle", () => {
  it("comes back as it was packed", () => {
    const packed = bundle([
      file(),
      file({ path: "/var/lib/a name with spaces", content: Buffer.alloc(0), group: "wheel" }),
      file({ path: "/bytes", content: Buffer.from([0, 255, 10, 0]), mode: "0440" }),
    ]);
    deepEqual(unpackBundle(packBundle(packed)), packed);
  });

  it("is a tar for tar(1) and sha256sum(1), with its manifest first", async () => {
    const dir = mkdtempSync(join(tmpdir(), "pi-fleet-bundle-"));
    try {
      const content = Buffer.alloc(5000, 7);
      writeFileSync(join(dir, "bundle"), packBundle(bundle([file(), file({ content })])));
      const { stdout } = await execa("tar", ["-xvf", "bundle"], { cwd: dir });
      deepEqual(stdout.split("\n"), ["manifest", "SHA256SUMS", "files/0", "files/1"]);
      await execa("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: dir });
      const { stdout: manifest } = await execa("cat", ["manifest"], { cwd: dir });
      deepEqual(manifest.split("\n"), [
        ...["VERSION=1", "HOST=pi4", "STACK=dev", "USER=deploy"],
        "FILE=0 0600 root root /etc/ssh/ssh_host_ed25519_key",
        "FILE=1 0600 root root /etc/ssh/ssh_host_ed25519_key",
      ]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it("is refused when it is damaged anywhere, or cut short", () => {
    const whole = packBundle(bundle());
    const members = [whole.indexOf("manifest"), whole.indexOf("SHA256SUMS"), whole.lastIndexOf("files/0")];
    for (const at of members) {
      const damaged = Buffer.from(whole);
      damaged[at] = 0x58;
      throws(() => unpackBundle(damaged), /The first-boot bundle can't be used: the tar is damaged\.$/);
    }
    for (const [text, fault] of [
      ["a key", "its files/0 is damaged"],
      ["HOST=", "its manifest is damaged"],
    ] as const) {
      const damaged = Buffer.from(whole);
      damaged[whole.indexOf(text)] = 0x58;
      throws(() => unpackBundle(damaged), new RegExp(`can't be used: ${fault}\\.$`));
    }
    for (let length = 0; length < whole.length - 1024; length += 300)
      throws(() => unpackBundle(whole.subarray(0, length)), /can't be used: the tar is cut short\.$/);
    throws(() => unpackBundle(Buffer.alloc(1024)), /can't be used: it has no manifest\.$/);
  });

  it("is refused when a later pi-fleet made it", () => {
    const members = [...unpackTar(packBundle(bundle()))].map(([name, content]) => ({
      name,
      content: Buffer.from(String(content).replace("VERSION=1", "VERSION=2")),
    }));
    throws(
      () => unpackBundle(packTar(members)),
      /can't be used: it has the version 2, and this pi-fleet reads version 1: another pi-fleet made it\.$/,
    );
  });

  it("is not made of what a manifest can't say, or larger than a card takes", () => {
    for (const bad of [
      { path: "relative" },
      { path: "/var/../etc/passwd" },
      { path: "/two\nlines" },
      { owner: "two words" },
      { mode: "600" },
    ])
      throws(() => packBundle(bundle([file(bad)])), /A first-boot bundle can't have /);
    throws(
      () => packBundle(bundle([file({ content: Buffer.alloc(5 << 20) })])),
      /The first-boot bundle of pi4 would have 5\.0 MiB, and 4\.0 MiB is the most: /,
    );
  });

  it("goes to an image of its host and its stack, or to one that is nobody's", () => {
    const refusal = (marker: string) => whyRefused(parseImageMarker(Buffer.from(marker)), bundle());
    equal(refusal("VERSION=1\nHOST=pi4\nSTACK=dev\n"), undefined);
    equal(refusal("VERSION=1\nSTACK=dev\n"), undefined);
    equal(refusal("VERSION=1\n"), undefined);
    equal(refusal("VERSION=1\nHOST=pi5\nSTACK=dev\n"), "the image is pi5's, and the bundle pi4's");
    equal(
      refusal("VERSION=1\nSTACK=prod\n"),
      "the image is of the stack prod, and the bundle of the stack dev",
    );
    equal(
      refusal("VERSION=7\n"),
      "the image reads first-boot bundles of version 7, and this pi-fleet writes version 1",
    );
  });
});
