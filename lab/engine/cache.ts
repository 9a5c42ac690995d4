import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where everything that is worth keeping between checkouts lives. */
export function cacheDir(...parts: string[]): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pi-fleet", ...parts);
}

/** A short name for some content: the same content gives the same directory, other content another one. */
export function contentKey(...content: (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of content) {
    // The length keeps ("ab", "c") and ("a", "bc") apart.
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  return hash.digest("hex").slice(0, 16);
}
