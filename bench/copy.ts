import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { checkout } from "../lab/hosts/paths.js";

/** A copy of this checkout for one lab. The bench changes systems and config, and a person's own stay as they are. */
export async function makeCopy(): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "pi-fleet-bench-"));
  await cp(checkout, dir, { recursive: true, filter: isSource });
  await symlink(join(checkout, "node_modules"), join(dir, "node_modules"));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

function isSource(path: string): boolean {
  const [first = "", second] = relative(checkout, path).split("/");
  if (/^Pulumi\.lab-\d+\.yaml$/.test(first)) return false;
  return ![".git", "node_modules", "dist"].includes(first) && !(first === "lab" && second === ".run");
}
