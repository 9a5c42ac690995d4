import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Hosts from "../../lab/hosts/index.js";

const checkout = resolve(import.meta.dirname, "../..");

/** A copy of this checkout, and so a lab of its own: the one that a person uses is left alone. */
export class Copy {
  private constructor(
    readonly dir: string,
    readonly lab: typeof Hosts,
  ) {}

  static async make(what: string): Promise<Copy> {
    const dir = await mkdtemp(join(tmpdir(), `pi-fleet-${what}-test-`));
    await cp(checkout, dir, { recursive: true, filter: isSource });
    await symlink(join(checkout, "node_modules"), join(dir, "node_modules"));
    return new Copy(dir, (await import(pathToFileURL(join(dir, "lab/hosts/index.ts")).href)) as typeof Hosts);
  }

  async remove(): Promise<void> {
    await this.lab.stopLab();
    await rm(this.dir, { recursive: true, force: true });
  }
}

function isSource(path: string): boolean {
  const [first = "", second] = relative(checkout, path).split("/");
  return ![".git", "node_modules", "dist"].includes(first) && !(first === "lab" && second === ".run");
}
