import { deepEqual } from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { changedBootParts } from "../../../components/on-pi/boot-parts.js";

const script = resolve(import.meta.dirname, "../../../components/on-pi/boot-parts.sh");
const parts = ["kernel", "initrd", "kernel-modules", "dtbs", "firmware"];

describe("what only a boot takes up, as this machine and a Pi tell it", () => {
  let dir: string;

  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), "pi-fleet-boot-parts-"))));
  afterEach(() => rm(dir, { recursive: true }));

  async function system(name: string, links: Record<string, string>, params?: string): Promise<string> {
    const path = join(dir, name);
    await mkdir(path);
    for (const [link, to] of Object.entries(links)) await symlink(to, join(path, link));
    if (params !== undefined) await writeFile(join(path, "kernel-params"), params);
    return path;
  }

  const all = Object.fromEntries(parts.map((part) => [part, `/nix/store/${part}`]));

  /** Both tell of the two systems that these parts differ. */
  async function differ(one: string, other: string, expected: string[]) {
    const { stdout } = await execa("sh", ["-c", '. "$0"; changed_boot_parts "$1" "$2"', script, one, other]);
    deepEqual(
      { here: await changedBootParts(one, other), onPi: stdout.split(" ").filter(Boolean) },
      { here: expected, onPi: expected },
    );
  }

  it("is nothing in two systems with the same kernel and all that belongs to it", async () => {
    const one = await system("one", { ...all, etc: "/nix/store/etc-1" }, "quiet");
    await differ(one, await system("other", { ...all, etc: "/nix/store/etc-2" }, "quiet\n"), []);
  });

  for (const part of parts)
    it(`is ${part}, when it leads elsewhere or is missing`, async () => {
      const one = await system("one", all, "quiet");
      await differ(one, await system("other", { ...all, [part]: "/nix/store/x" }, "quiet"), [part]);
      const { [part]: _, ...others } = all;
      await differ(one, await system("third", others, "quiet"), [part]);
    });

  it("is the kernel's parameters", async () => {
    const one = await system("one", all, "quiet");
    await differ(one, await system("other", all, "quiet splash"), ["kernel-params"]);
  });

  it("is all of it in two systems that have nothing in common", async () => {
    await differ(await system("one", all, "quiet"), await system("other", {}), [...parts, "kernel-params"]);
  });
});
