import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { withCard } from "../../../components/images/card.js";
import { FatFiles, fatPartition } from "../../../components/images/fat.js";
import { flash } from "../../../components/images/flash.js";
import { imageFile } from "../../../components/images/image-file.js";
import { checkMarker } from "../../../components/images/image-marker.js";
import { writeUnpacked } from "../../../components/images/write-unpacked.js";
import { markedImage } from "./marked-image.js";
import { smallImage } from "./image.js";

const quiet = { onWritten: () => undefined, onVerified: () => undefined };

describe("a card with a first-boot bundle", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "pi-fleet-cards-"))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const put = async (name: string, content: Buffer) => {
    writeFileSync(join(dir, name), content);
    return imageFile(join(dir, name));
  };
  const marked = (text: string) => markedImage(dir, text);

  describe("the image's marker", () => {
    const bundle = { host: "pi4", stack: "dev" };
    const check = async (text: string) => checkMarker(await put("x.img", await marked(text)), bundle);

    it("is read before a card is erased, from a packed image too", async () => {
      await check("VERSION=1\nHOST=pi4\nSTACK=dev\n");
      const packed = gzipSync(await marked("VERSION=1\nHOST=pi4\nSTACK=dev\n"));
      await checkMarker(await put("x.img.gz", packed), bundle);
    });

    it("needs room to be looked for, and says so when there is none", async () => {
      const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
      const handle = { write: () => Promise.reject(full) } as unknown as FileHandle;
      await writeUnpacked(handle, Buffer.alloc(100), 0);
      await rejects(
        writeUnpacked(handle, Buffer.alloc(100, 1), 0),
        /^UserError: The image can't be unpacked .*TMPDIR/,
      );
    });

    it("of an image for any Pi, or of a flake that no stack told its name, is right", async () => {
      await check("VERSION=1\nSTACK=dev\n");
      await check("VERSION=1\nHOST=pi4\n");
    });

    it("of another Pi, stack or version is refused by name", async () => {
      await rejects(
        check("VERSION=1\nHOST=pi5\nSTACK=dev\n"),
        /x\.img is not for this card: the image is pi5's, and the bundle pi4's\.$/,
      );
      await rejects(
        check("VERSION=1\nHOST=pi4\nSTACK=prod\n"),
        /of the stack prod, and the bundle of the stack dev/,
      );
      await rejects(check("VERSION=2\nHOST=pi4\nSTACK=dev\n"), /version 2/);
    });

    it("may not be missing, as such an image would not take the bundle", async () => {
      await rejects(
        check(""),
        /x\.img takes no first-boot bundle: its FAT partition has no file pi-fleet\/image\. .* flash --image FILE/,
      );
      await rejects(checkMarker(await put("x.img", Buffer.alloc(100)), bundle), /too small for an image/);
    });
  });

  it("has it on its FAT partition, beside all of the image, before it can boot", async () => {
    const image = await put("x.img", await marked("VERSION=1\n"));
    const bundle = Buffer.from("a bundle ".repeat(5000));
    // Somebody made the file, and others may read it.
    writeFileSync(join(dir, "card"), "", { mode: 0o644 });
    await withCard(join(dir, "card"), (card) => flash(card, image, undefined, quiet, bundle));
    const handle = await open(join(dir, "card"));
    const files = await FatFiles.open(handle, fatPartition(readFileSync(join(dir, "card"))));
    ok((await files.read("pi-fleet/first-boot.tar"))?.equals(bundle));
    equal((await files.read("pi-fleet/image"))?.toString(), "VERSION=1\n");
    equal(statSync(join(dir, "card")).mode & 0o777, 0o600);
    await handle.close();
  });

  it("does not boot when it gives back another bundle, or its FAT begins in the head that is written last", async () => {
    const content = await marked("VERSION=1\n");
    const image = await put("x.img", content);
    const secret = Buffer.from("a bundle that is a lie");
    const lying = (handle: FileHandle) =>
      new Proxy(handle, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== "function") return value;
          if (key !== "write") return (value as () => unknown).bind(target);
          return (bytes: Buffer, ...rest: [number, number, number]) =>
            target.write(bytes.includes(secret) ? Buffer.alloc(bytes.length, 1) : bytes, ...rest);
        },
      });
    await rejects(
      withCard(join(dir, "card"), (card) =>
        flash({ ...card, handle: lying(card.handle) }, image, undefined, quiet, secret),
      ),
      /gives back other bytes than were written/,
    );
    equal(readFileSync(join(dir, "card")).readUInt16LE(510), 0);
    content.writeUInt32LE(1024, 446 + 8);
    const early = await put("early.img", content);
    await rejects(
      withCard(join(dir, "card"), (card) => flash(card, early, undefined, quiet, secret)),
      /FAT partition begins in its first mebibyte/,
    );
  });

  it("does not boot when the bundle could not be written", async () => {
    // Its first partition has noise, and no filesystem.
    const image = await put("x.img", smallImage());
    const write = withCard(join(dir, "card"), (card) =>
      flash(card, image, undefined, quiet, Buffer.from("a bundle")),
    );
    await rejects(write, /FAT/);
    deepEqual(readFileSync(join(dir, "card")).subarray(0, 512), Buffer.alloc(512));
  });
});
