import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { FatFiles, fatPartition } from "../../../components/images/fat.js";
import { isOnPath } from "../../../components/shared/is-on-path.js";
import { skip } from "../../skip.js";
import { cardWithFat, fatKinds, fatOf } from "./fat-image.js";

describe("the FAT partition of a card", () => {
  let dir: string;
  before(() => (dir = mkdtempSync(join(tmpdir(), "pi-fleet-fat-"))));
  after(() => rmSync(dir, { recursive: true }));

  const path = () => join(dir, "card");
  async function withFat<T>(use: (files: FatFiles) => Promise<T>): Promise<T> {
    const handle = await open(path(), "r+");
    try {
      return await use(await FatFiles.open(handle, fatPartition(readFileSync(path()).subarray(0, 512))));
    } finally {
      await handle.close();
    }
  }
  const put = (kind: (typeof fatKinds)[number]) => writeFileSync(path(), cardWithFat(kind));
  /** What dosfstools says of it: nothing to repair. */
  async function check(context: Mocha.Context): Promise<void> {
    if (!isOnPath("fsck.vfat")) skip(context, "there is no fsck.vfat (dosfstools) on this machine");
    const file = join(dir, "fat");
    writeFileSync(file, fatOf(readFileSync(path())));
    const { exitCode, stdout } = await execa("fsck.vfat", ["-n", "-v", file], { reject: false });
    equal(exitCode, 0, stdout);
    ok(!stdout.includes("Reclaimed") && !stdout.includes("wrong"), stdout);
  }

  for (const kind of fatKinds) {
    describe(kind, () => {
      it("gives back what was written, by long names, and forgets what was deleted", async function () {
        put(kind);
        const [large, small] = [randomBytes(300_001), Buffer.from("VERSION=1\n")];
        await withFat(async (files) => {
          equal(await files.read("pi-fleet/image"), undefined);
          await files.write("pi-fleet/image", small);
          await files.write("pi-fleet/first-boot.tar", large);
          await files.write("pi-fleet/first-boot.tax", small);
          await files.write("empty", Buffer.alloc(0));
          await files.write("pi-fleet/image", Buffer.from("VERSION=2\n"));
        });
        await withFat(async (files) => {
          ok((await files.read("PI-FLEET/First-Boot.tar"))?.equals(large));
          equal(String(await files.read("pi-fleet/image")), "VERSION=2\n");
          equal(String(await files.read("pi-fleet/first-boot.tax")), String(small));
          equal((await files.read("empty"))?.length, 0);
          equal(await files.read("pi-fleet"), undefined);
          equal(await files.list("nowhere"), undefined);
          deepEqual((await files.list("pi-fleet"))?.map(({ name, bytes }) => [name, bytes]).sort(), [
            ["first-boot.tar", large.length],
            ["first-boot.tax", small.length],
            ["image", 10],
          ]);
          deepEqual((await files.list(""))?.map(({ name, folder }) => [name, folder]).sort(), [
            ["empty", false],
            ["pi-fleet", true],
          ]);
          equal(await files.delete("pi-fleet/first-boot.tar"), true);
          equal(await files.delete("pi-fleet/first-boot.tar"), false);
        });
        equal(await withFat((files) => files.read("pi-fleet/first-boot.tar")), undefined);
        ok(!readFileSync(path()).includes(large.subarray(100, 164)), "what was deleted is still there");
        await check(this);
      });

      it("says so when it is full, and is as it was before", async function () {
        put(kind);
        await withFat((files) => files.write("pi-fleet/image", Buffer.from("VERSION=1\n")));
        const before = readFileSync(path());
        await withFat(async (files) => {
          const refused = files.write("pi-fleet/first-boot.tar", Buffer.alloc(fatOf(before).length));
          await rejects(refused, /^UserError: The FAT partition is full: pi-fleet\/first-boot\.tar needs /);
          await files.write("pi-fleet/first-boot.tar", Buffer.from("a smaller one"));
          equal(String(await files.read("pi-fleet/image")), "VERSION=1\n");
        });
        await check(this);
      });

      it("takes more files than one cluster of a folder lists, and leaves short names that differ", async function () {
        put(kind);
        const names = Array.from({ length: 40 }, (_, index) => `a rather long name ${index}.text`);
        await withFat(async (files) => {
          for (const name of names) await files.write(`folder/below/${name}`, Buffer.from(name));
          for (const name of names.slice(0, 20)) await files.delete(`folder/below/${name}`);
          for (const name of names.slice(0, 5)) await files.write(`folder/below/${name}`, Buffer.from(name));
        });
        await withFat(async (files) => {
          const listed = (await files.list("folder/below"))?.map(({ name }) => name).sort();
          deepEqual(listed, [...names.slice(0, 5), ...names.slice(20)].sort());
          for (const name of listed ?? []) equal(String(await files.read(`folder/below/${name}`)), name);
        });
        await check(this);
      });
    });
  }

  it("gives back what it took for a file that its folder has no room for", async function () {
    put("FAT12");
    const cluster = Buffer.alloc(512);
    await withFat(async (files) => {
      // Sixteen slots are in a cluster: `.`, `..` and two for each name.
      for (let index = 0; index < 7; index++) await files.write(`folder/${index}`, Buffer.alloc(0));
      for (let index = 0, full = false; !full; index++)
        await files.write(`filler${index}`, Buffer.alloc(64 * 512)).catch(() => (full = true));
      const single = async (): Promise<boolean> =>
        files.write("single/more/x", cluster).then(
          () => true,
          () => false,
        );
      equal(await single(), true);
      for (let index = 0, full = false; !full; index++)
        await files.write(`rest${index}`, cluster).catch(() => (full = true));
      await files.delete("rest0");
      await rejects(files.write("folder/8", cluster), /The FAT partition is full: 8 needs /);
      await files.write("rest0", cluster);
    });
    await check(this);
  });

  it("does not bring back what stands behind the end of a folder", async function () {
    put("FAT16");
    const card = readFileSync(path());
    const root = card.indexOf("FIRMWARE   \b");
    for (let slot = 2; slot < 8; slot++) card.write(`STALE${slot}  TXT `, root + 32 * slot);
    writeFileSync(path(), card);
    await withFat(async (files) => {
      await files.write("image", Buffer.from("VERSION=1\n"));
      deepEqual(await files.list(""), [{ name: "image", folder: false, bytes: 10 }]);
    });
    await check(this);
  });

  it("reads what Linux wrote, with the case that a short name has", async function () {
    if (!isOnPath("mcopy")) skip(this, "there is no mcopy (mtools) on this machine");
    put("FAT16");
    writeFileSync(join(dir, "image"), "VERSION=1\n");
    const at = `${path()}@@${2 << 20}`;
    await execa("mmd", ["-i", at, "::pi-fleet"]);
    await execa("mcopy", ["-i", at, join(dir, "image"), "::pi-fleet/image"]);
    await withFat(async (files) => {
      deepEqual(await files.list("pi-fleet"), [{ name: "image", folder: false, bytes: 10 }]);
      equal(String(await files.read("pi-fleet/image")), "VERSION=1\n");
      await files.write("pi-fleet/first-boot.tar", Buffer.from("a bundle"));
    });
    equal((await execa("mtype", ["-i", at, "::pi-fleet/first-boot.tar"])).stdout, "a bundle");
    await check(this);
  });

  it("is refused when it is none, or damaged", async () => {
    throws(() => fatPartition(Buffer.alloc(512)), /It has no FAT partition in front/);
    const card = cardWithFat("FAT16");
    card.fill(0, 2 << 20, (2 << 20) + 512);
    writeFileSync(path(), card);
    await rejects(
      withFat(async () => undefined),
      /The first partition has no FAT filesystem\.$/,
    );
    // Microsoft's FAT specification, 3.1: a count of sectors at 32, and one of a table's sectors at 22.
    for (const [at, value, told] of [
      [32, 2 ** 31, /^UserError: The FAT filesystem is larger than its partition: the image is damaged\.$/],
      [22, 1, /its table of clusters makes no sense\.$/],
      [22, 0xffff, /its table of clusters makes no sense\.$/],
    ] as const) {
      const bent = cardWithFat("FAT16");
      if (at === 32) {
        bent.writeUInt16LE(0, (2 << 20) + 19);
        bent.writeUInt32LE(value, (2 << 20) + at);
      } else bent.writeUInt16LE(value, (2 << 20) + at);
      writeFileSync(path(), bent);
      await rejects(
        withFat(async () => undefined),
        told,
      );
    }
    put("FAT16");
    await withFat((files) => files.write("image", Buffer.alloc(10_000, 1)));
    const looped = readFileSync(path());
    // Both tables begin after four reserved sectors; cluster 2 is the file's first one.
    looped.writeUInt16LE(2, (2 << 20) + 4 * 512 + 4);
    writeFileSync(path(), looped);
    await rejects(
      withFat((files) => files.read("image")),
      /The FAT filesystem is damaged: its table of clusters makes no sense\.$/,
    );
  });

  it("is damaged where a file is longer than its clusters", async () => {
    put("FAT16");
    await withFat((files) => files.write("image", Buffer.alloc(100, 1)));
    const bent = readFileSync(path());
    bent.writeUInt32LE(1e6, bent.indexOf("IMAGE      ") + 28);
    writeFileSync(path(), bent);
    await rejects(
      withFat((files) => files.read("image")),
      /^UserError: image on the FAT partition is damaged: it ends too early\.$/,
    );
  });

  it("of FAT32 keeps bits that are nobody's, and the table that is not in use", async () => {
    const card = cardWithFat("FAT32");
    const boot = 2 << 20;
    const tableBytes = card.readUInt32LE(boot + 36) * 512;
    const tables = [0, 1].map((copy) => boot + card.readUInt16LE(boot + 14) * 512 + copy * tableBytes);
    for (const table of tables) card.writeUInt32LE(0xa0000000, table + 5 * 4);
    // Only the second table is in use.
    card.writeUInt16LE(0x81, boot + 40);
    writeFileSync(path(), card);
    const content = Buffer.alloc(20_000, 1);
    await withFat((files) => files.write("image", content));
    const written = readFileSync(path());
    const [first, second] = tables.map((at) => written.subarray(at, at + tableBytes));
    ok(first!.equals(card.subarray(tables[0], tables[0]! + tableBytes)));
    equal(second!.readUInt32LE(5 * 4) >>> 28, 0xa);
    ok((second!.readUInt32LE(5 * 4) & 0x0fffffff) > 0);
    await withFat(async (files) => ok((await files.read("image"))?.equals(content)));
  });
});
