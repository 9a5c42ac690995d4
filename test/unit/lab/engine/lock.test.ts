import { deepEqual, equal } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../../../lab/engine/lock.js";

describe("withLock", () => {
  let root: string;
  before(async () => (root = await mkdtemp(join(tmpdir(), "pi-fleet-lock-"))));
  after(() => rm(root, { recursive: true }));

  it("lets one in at a time", async () => {
    const file = join(root, "busy");
    const events: string[] = [];
    const enter = (name: string) =>
      withLock(file, { timeout: 5_000 }, async () => {
        events.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${name} out`);
      });
    await Promise.all([enter("a"), enter("b")]);
    deepEqual(
      events.map((event) => event.split(" ")[1]),
      ["in", "out", "in", "out"],
    );
  });
  it("takes over from a process that is gone, or whose id is another's now", async () => {
    const file = join(root, "stale");
    for (const holder of ["999999999 1", `${process.pid} 1`]) {
      await writeFile(file, holder);
      equal(await withLock(file, { timeout: 5_000 }, async () => "done"), "done");
    }
  });
});
