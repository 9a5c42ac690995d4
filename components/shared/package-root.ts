import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of this package, in a checkout and in somebody's node_modules alike. */
export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(dir: string): string {
  const file = join(dir, "package.json");
  if (existsSync(file) && (JSON.parse(readFileSync(file, "utf8")) as { name?: string }).name === "pi-fleet")
    return dir;
  if (dirname(dir) === dir) throw new Error("pi-fleet's own package.json was not found above its code");
  return findRoot(dirname(dir));
}
