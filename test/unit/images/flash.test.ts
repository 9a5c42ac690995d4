import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { linkSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join, resolve } from "node:path";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import { withCard } from "../../../components/images/card.js";
import { flash, type FlashProgress } from "../../../components/images/flash.js";
import { imageFile } from "../../../components/images/image-file.js";
import { smallImage } from "./image.js";

const quiet: FlashProgress = { onWritten: () => undefined, onVerified: () => undefined };

describe("flash, into a file", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "pi-fleet-cards-"))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const path = (name: string) => join(dir, name);
  const put = async (name: string, content: Buffer) => {
    writeFileSync(path(name), content);
    return imageFile(path(name));
  };
  const write = async (image: Awaited<ReturnType<typeof put>>, progress = quiet, capacity?: number) =>
    withCard(path("card"), (card) => flash(card, image, capacity, progress));
  const card = () => readFileSync(path("card"));
  const bootable = () => card().readUInt16LE(510) === 0xaa55;

  it("writes a raw image as it is, for its owner alone to read", async () => {
    const image = smallImage();
    equal(await write(await put("raw.img", image)), image.length);
    ok(card().equals(image));
    equal(statSync(path("card")).mode & 0o777, 0o600);
  });

  for (const [name, pack] of [
    ["gzip", (bytes: Buffer) => Promise.resolve(gzipSync(bytes))],
    ["zstd", (bytes: Buffer) => packed("zstd", bytes)],
    ["xz", (bytes: Buffer) => packed("xz", bytes)],
  ] as const) {
    it(`unpacks an image packed by ${name}, and refuses one that was cut short`, async () => {
      const image = smallImage();
      const file = await pack(image);
      equal(await write(await put("image", file)), image.length);
      ok(card().equals(image));
      const cut = await put("cut", file.subarray(0, file.length - 4000));
      await rejects(
        write(cut),
        /cut can't be read to its end \(.+\): it is damaged or was cut short\. Get it again\.$/s,
      );
      equal(bootable(), false);
    });
  }

  it("fills up the last sector", async () => {
    const image = Buffer.concat([smallImage(), Buffer.from("tail")]);
    equal(await write(await put("raw.img", image)), image.length + 508);
    ok(card().equals(Buffer.concat([image, Buffer.alloc(508)])));
  });

  it("leaves nothing of a larger image that was there", async () => {
    writeFileSync(path("card"), smallImage({ mebibytes: 20 }));
    const image = smallImage();
    await write(await put("raw.img", image));
    ok(card().equals(image));
  });

  it("tells how far it is", async () => {
    const shares: number[] = [];
    const verified: number[] = [];
    const progress = {
      onWritten: (share: number) => shares.push(share),
      onVerified: (share: number) => verified.push(share),
    };
    await write(await put("raw.img", smallImage()), progress);
    deepEqual([shares, verified], [[...shares].sort(), [...verified].sort()]);
    deepEqual([shares.at(-1), verified.at(-1)], [1, 1]);
    ok(shares[0]! < 1);
  });

  it("refuses what is no image of a card before it touches the card", async () => {
    writeFileSync(path("card"), "kept");
    const gpt = smallImage({ types: [0xee] });
    await rejects(write(await put("gpt", gpt)), /gpt can't boot a Pi: it has a GPT, and a card needs an MBR/);
    await rejects(
      write(await put("text", Buffer.from("no image"))),
      /it has no partition table: it is no image/,
    );
    await rejects(
      write(await put("fat", smallImage({ types: [0x0b, 0x0b] }))),
      /it has no partition for Linux/,
    );
    await rejects(write(await put("ext4", smallImage({ types: [0x83, 0x83] }))), /it has no FAT partition/);
    equal(card().toString(), "kept");
  });

  it("overwrites no file that is somebody's, nor the image itself", async () => {
    const image = await put("raw.img", smallImage());
    for (const content of [Buffer.from("precious"), smallImage({ types: [0xee] }), gzipSync(smallImage())]) {
      writeFileSync(path("card"), content);
      await rejects(write(image), /^UserError: Nothing was written: .*card is a file with something else/);
      ok(card().equals(content));
    }
    for (const name of ["raw.img", "link"]) {
      if (name === "link") linkSync(path("raw.img"), path(name));
      await rejects(
        withCard(path(name), (card) => flash(card, image, undefined, quiet)),
        /^UserError: Nothing was written: .* is the image itself/,
      );
      equal(statSync(path("raw.img")).size, image.fileBytes);
    }
    writeFileSync(path("card"), Buffer.alloc(3 << 20));
    await write(image);
    ok(card().equals(readFileSync(path("raw.img"))));
  });

  it("ends when it refuses a packed image, whose program still has something to say", async () => {
    const noTable = await packed("zstd", smallImage({ mebibytes: 40, types: [0, 0] }));
    await put("raw.img.zst", noTable);
    const pi = resolve(import.meta.dirname, "../../../pi.js");
    const argv = [pi, "flash", "--image", path("raw.img.zst"), "--device", path("card")];
    const { timedOut, stderr } = await execa(process.execPath, argv, {
      ...{ reject: false, stdin: "ignore", timeout: 30_000 },
    });
    match(stderr, /has no partition table/);
    equal(timedOut, false);
  }).timeout(60_000);

  it("refuses a raw image that was cut short, and leaves a card that does not boot", async () => {
    const image = await put("raw.img", smallImage());
    truncateSync(path("raw.img"), 10 << 20);
    await rejects(
      write(image),
      /its partition 2 ends at 12\.0 MiB, and the image at 10\.0 MiB: it was cut short/,
    );
    equal(bootable(), false);
  });

  it("refuses a card that is too small", async () => {
    await rejects(
      write(await put("raw.img", smallImage()), quiet, 9 << 20),
      /card is too small: it has 9\.0 MiB/,
    );
    equal(bootable(), false);
  });

  it("makes the card bootable at the very end: a run that is cut off before leaves none, the next one is right", async () => {
    const image = smallImage();
    const file = await put("raw.img", image);
    const cuts: FlashProgress[] = [
      { ...quiet, onWritten: () => fail("in mid-write") },
      { ...quiet, onVerified: () => fail("while it reads back") },
    ];
    for (const cut of cuts) {
      await rejects(write(file, cut), /^Error: cut/);
      equal(bootable(), false);
      await write(file);
      ok(card().equals(image));
    }
  });

  it("finds a card that gives back something else", async () => {
    const file = await put("raw.img", smallImage());
    for (const at of [0, 600, 11 << 20]) {
      const liar = (handle: FileHandle) => lying(handle, at);
      await rejects(
        withCard(path("card"), (card) =>
          flash({ ...card, handle: liar(card.handle) }, file, undefined, quiet),
        ),
        /gives back other bytes than were written, at byte \d+: the card or its reader is worn out/,
      );
    }
  });

  it("tells a disk that is full and a card that fails from each other", async () => {
    const file = await put("raw.img", smallImage());
    const failing = (code: string, message: string) => (handle: FileHandle) =>
      wrap(handle, { write: () => Promise.reject(Object.assign(new Error(message), { code })) });
    const run = (handle: (real: FileHandle) => FileHandle) =>
      withCard(path("card"), (card) =>
        flash({ ...card, handle: handle(card.handle) }, file, undefined, quiet),
      );
    await rejects(
      run(failing("ENOSPC", "no space")),
      /could not be written at byte 0: it is full, or the disk that/,
    );
    await rejects(
      run(failing("EIO", "i/o error")),
      /at byte 0: i\/o error: the card or its reader fails, or it was pulled out/,
    );
  });
});

describe("an image's file", () => {
  it("that is not there, a folder, or empty is told in words", async () => {
    const dir = mkdtempSync(join(tmpdir(), "pi-fleet-cards-"));
    try {
      writeFileSync(join(dir, "empty"), "");
      await rejects(imageFile(join(dir, "none")), /The image can't be read: ENOENT/);
      await rejects(imageFile(dir), /is no file: an image is a file such as/);
      await rejects(imageFile(join(dir, "empty")), /empty is empty/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

async function packed(program: string, input: Buffer): Promise<Buffer> {
  const { stdout } = await execa(program, ["--stdout", "-1"], { input, encoding: "buffer" });
  return Buffer.from(stdout);
}

function fail(why: string): never {
  throw new Error(`cut ${why}`);
}

/** A handle that gives back a wrong byte at one place. */
function lying(handle: FileHandle, at: number): FileHandle {
  return wrap(handle, {
    read: async (buffer: Buffer, offset: number, length: number, position: number) => {
      const result = await handle.read(buffer, offset, length, position);
      if (position <= at && at < position + result.bytesRead) buffer[offset + at - position]! ^= 1;
      return result;
    },
  });
}

function wrap(handle: FileHandle, methods: Record<string, unknown>): FileHandle {
  return new Proxy(handle, {
    get: (target, name) => {
      const method = methods[String(name)] ?? (target as unknown as Record<string | symbol, unknown>)[name];
      return typeof method === "function" ? (method.bind(target) as unknown) : method;
    },
  });
}
