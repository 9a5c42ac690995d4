import { equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCard } from "../../../components/images/card.js";
import { FatFiles, fatPartition } from "../../../components/images/fat.js";
import { bundlePath, packBundle } from "../../../components/images/first-boot-bundle.js";
import { flash } from "../../../components/images/flash.js";
import { imageFile } from "../../../components/images/image-file.js";
import { cardWithFat } from "./fat-image.js";

const quiet = { onWritten: () => undefined, onVerified: () => undefined };
const bundle = packBundle({
  ...{ host: "pi4", stack: "dev", user: "pi" },
  files: [{ path: "/etc/x", content: Buffer.from("secret"), owner: "root", group: "root", mode: "0600" }],
});

describe("flash that is cut off", function () {
  this.timeout(60_000);
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "pi-fleet-cuts-"));
    writeFileSync(join(dir, "a.img"), cardWithFat("FAT12"));
  });
  after(() => rmSync(dir, { recursive: true }));

  const touching = ["read", "write", "sync", "truncate"];
  /** Flashes until the card is touched for the `cut`-th time. Returns how often it was touched. */
  const run = async (cut = Infinity): Promise<number> => {
    let touched = 0;
    const cutting = (handle: FileHandle) =>
      new Proxy(handle, {
        get: (target, key) => {
          const method = (target as unknown as Record<string | symbol, unknown>)[key];
          if (typeof method !== "function") return method;
          return (...args: unknown[]) => {
            if (touching.includes(String(key)) && touched++ === cut) throw new Error("cut off");
            // Each costs a disk's time, and no power is cut here.
            if (key === "sync") return Promise.resolve();
            return (method as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    const image = await imageFile(join(dir, "a.img"));
    await withCard(join(dir, "card"), (card) =>
      flash({ ...card, handle: cutting(card.handle) }, image, undefined, quiet, bundle),
    );
    return touched;
  };
  const card = () => readFileSync(join(dir, "card"));
  const bundleOnCard = () =>
    withCard(join(dir, "card"), async ({ handle }) =>
      (await FatFiles.open(handle, fatPartition(card()))).read(bundlePath),
    );

  it("at any time leaves a card that does not boot, and the next run a whole one", async () => {
    // A card that boots something else.
    const old = cardWithFat("FAT16");
    writeFileSync(join(dir, "card"), old);
    const times = await run();
    ok(times > 15, String(times));
    const [whole, states] = [card().length, { untouched: 0, dead: 0, whole: 0 }];
    for (let cut = 0; cut < times; cut++) {
      writeFileSync(join(dir, "card"), old);
      await rejects(run(cut), /cut off/);
      const left = card();
      if (left.equals(old)) states.untouched++;
      else if (left.length < 512 || left.readUInt16LE(510) !== 0xaa55) states.dead++;
      else {
        states.whole++;
        equal(left.length, whole);
        ok((await bundleOnCard())?.equals(bundle), `bootable without its bundle after ${cut}`);
      }
      equal(await run(), times);
      ok((await bundleOnCard())?.equals(bundle));
    }
    // The first touch sees what the file is, the second takes the old card away, and what follows the head only makes sure
    // of it.
    equal(states.untouched, 2);
    ok(states.whole <= 3 && states.dead > states.whole, JSON.stringify(states));
  });
});
