import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bmapBeside, mappedBytes } from "../../../components/images/bmap.js";
import { withCard } from "../../../components/images/card.js";
import { flash } from "../../../components/images/flash.js";
import { imageBytes, imageFile } from "../../../components/images/image-file.js";
import { bmapOf, rangesOf } from "./bmap-of.js";
import { smallImage } from "./image.js";

const mebibyte = 1 << 20;
const quiet = { onWritten: () => undefined, onVerified: () => undefined };

describe("an image with a bmap beside it", () => {
  let dir: string;
  let image: Buffer;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-bmap-"));
    image = Buffer.concat([smallImage(), Buffer.alloc(5000)]);
    writeFileSync(path("a.img"), image);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const path = (name: string) => join(dir, name);
  /** Flashes, and tells which bytes were written and read. */
  const touched = async (name = "a.img") => {
    const [written, read]: [number, number][][] = [[], []];
    const recording = (handle: FileHandle) =>
      new Proxy(handle, {
        get: (target, key) => {
          const method = (target as unknown as Record<string | symbol, unknown>)[key];
          if (typeof method !== "function") return method;
          return (...args: unknown[]) => {
            const [, , length, position] = args as [Buffer, number, number, number];
            if (key === "write") written!.push([position, position + length]);
            if (key === "read") read!.push([position, position + length]);
            return (method as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    const file = await imageFile(path(name));
    const bytes = await withCard(path("card"), (card) =>
      flash({ ...card, handle: recording(card.handle) }, file, undefined, quiet),
    );
    return { bytes, written: written!, read: read! };
  };

  it("is written and read back where it is mapped, and nowhere else", async () => {
    writeFileSync(path("a.bmap"), bmapOf(image, rangesOf(image)));
    const { bytes, written, read } = await touched();
    equal(bytes, image.length + 120);
    ok(readFileSync(path("card")).equals(Buffer.concat([image, Buffer.alloc(120)])));
    const ranges = rangesOf(image).map(([start, end]) => [start * 4096, (end + 1) * 4096] as const);
    const mapped = ([start, end]: [number, number]) =>
      end <= mebibyte || ranges.some((range) => range[0] <= start && end <= range[1]);
    deepEqual(
      written.filter((each) => !mapped(each)),
      [],
    );
    deepEqual(
      read.filter((each) => !mapped(each)),
      [],
    );
    ok(read.length > 5 && written.length > 5);
  });

  it("is found for a packed image, whose size it tells", async () => {
    writeFileSync(path("a.img.gz"), gzipSync(image));
    const text = bmapOf(image, rangesOf(image));
    for (const name of ["a.bmap", "a.img.bmap", "a.img.gz.bmap"]) {
      writeFileSync(path(name), text);
      const file = await imageFile(path("a.img.gz"));
      deepEqual([file.bmap?.path, imageBytes(file)], [path(name), image.length]);
    }
    equal(await bmapBeside(path("b.img")), undefined);
    await touched("a.img.gz");
    ok(readFileSync(path("card")).subarray(0, image.length).equals(image));
  });

  it("refuses a card that is too small before it touches it", async () => {
    writeFileSync(path("a.img.gz"), gzipSync(image));
    writeFileSync(path("a.bmap"), bmapOf(image, rangesOf(image)));
    const before = Buffer.concat([image.subarray(0, 512), Buffer.from("kept")]);
    writeFileSync(path("card"), before);
    const file = await imageFile(path("a.img.gz"));
    await rejects(
      withCard(path("card"), (card) => flash(card, file, 9 * mebibyte, quiet)),
      /card is too small: it has 9\.0 MiB, and the image is larger/,
    );
    ok(readFileSync(path("card")).equals(before));
  });

  it("refuses a damaged bmap before it touches the card", async () => {
    const good = bmapOf(image, rangesOf(image));
    for (const [bad, told] of [
      [
        good.replace(/<Range[^]*?<\/Range>/, ""),
        /a\.bmap is no good map of the image: File checksum mismatch/,
      ],
      [good.replace(/ *<BmapFileChecksum>.*\n/, ""), /it has no checksum of its own\. Delete it, and all of/],
      [good.slice(0, 300), /is no good map of the image: /],
      ["", /is no good map of the image: /],
      [
        bmapOf(image, [
          [9, 12],
          [3, 4],
        ]),
        /its ranges don't fit its counts/,
      ],
      [
        bmapOf(image, [
          [0, 2],
          [2, 4],
        ]),
        /its ranges don't fit its counts/,
      ],
    ] as const) {
      writeFileSync(path("a.bmap"), bad);
      await rejects(touched(), told);
      equal(statSync(path("card"), { throwIfNoEntry: false }), undefined);
    }
  });

  it("refuses the bmap of another image, and leaves a card that does not boot", async () => {
    const other = Buffer.from(image);
    other[7 * mebibyte + 5]! ^= 1;
    const cases: [string, string, RegExp][] = [
      [
        "another byte",
        bmapOf(other, rangesOf(image)),
        /not the map of this image: they differ at byte 7340032/,
      ],
      ["too little mapped", bmapOf(image, rangesOf(image).slice(0, -1)), /they differ at byte 11534336/],
      [
        "another size",
        bmapOf(Buffer.concat([image, Buffer.alloc(8192)]), rangesOf(image)),
        /they differ at byte 12587912/,
      ],
      [
        "a smaller one",
        bmapOf(image.subarray(0, 11 * mebibyte + 4096), rangesOf(image.subarray(0, 11 * mebibyte + 4096))),
        /they differ at byte/,
      ],
    ];
    for (const [, bmap, told] of cases) {
      writeFileSync(path("a.bmap"), bmap);
      await rejects(touched(), told);
      equal(readFileSync(path("card")).readUInt16LE(510), 0);
    }
  });

  it("counts what it maps", async () => {
    writeFileSync(
      path("a.bmap"),
      bmapOf(image, [
        [0, 0],
        [1, 3],
        [3073, 3073],
      ]),
    );
    const bmap = await bmapBeside(path("a.img"));
    equal(mappedBytes(bmap!), 4 * 4096 + (image.length - 3073 * 4096));
  });
});

describe("an image without a bmap", () => {
  it("leaves its zeros as holes in a file", async () => {
    const dir = mkdtempSync(join(tmpdir(), "pi-fleet-bmap-"));
    try {
      const image = smallImage({ mebibytes: 40 });
      image.fill(0, 3 * mebibyte, 19 * mebibyte);
      image.fill(0, 23 * mebibyte);
      writeFileSync(join(dir, "a.img"), image);
      // The card of an earlier time has other bytes where the image has zeros.
      writeFileSync(
        join(dir, "card"),
        Buffer.concat([image.subarray(0, 512), Buffer.alloc(5 * mebibyte, 1)]),
      );
      const file = await imageFile(join(dir, "a.img"));
      await withCard(join(dir, "card"), (card) => flash(card, file, undefined, quiet));
      ok(readFileSync(join(dir, "card")).equals(image));
      ok(statSync(join(dir, "card")).blocks * 512 < 10 * mebibyte);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
