import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** This package's folder, with a slash at its end. */
export const root = fileURLToPath(new URL(".", import.meta.url));

/** Whether this is the published package, which has no sources and holds what was made of them in dist/. */
export const isPublished = !fs.existsSync(`${root}components/steps/main.ts`);

/** For how long a file that nobody needs any more stays. */
const keptDays = 30;

/** The folders for what is made of our code and kept between runs: in the project, and the user's own. */
export function cacheFolders() {
  const ofUser = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return [
    join(root, isPublished ? ".." : "node_modules", ".cache/pi-fleet"),
    join(ofUser, "pi-fleet", shortHash(root)),
  ];
}

/** The first of these folders that can be written to; `undefined` when none can. */
export function cacheFolder() {
  return cacheFolders().find(canWrite);
}

function canWrite(folder) {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch (error) {
    if (["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOSPC", "EDQUOT"].includes(error.code)) return false;
    throw error;
  }
}

/** Writes a file such that whoever reads it finds all of it or none, also after a power cut. */
export function writeWhole(file, content) {
  const part = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(part, content, { flush: true });
    fs.renameSync(part, file);
  } catch (error) {
    fs.rmSync(part, { force: true });
    throw error;
  }
}

/** Removes what was written long ago: the next start makes it anew if it is needed after all. */
export function removeOld(folder) {
  const limit = Date.now() - keptDays * 86_400_000;
  for (const name of fs.readdirSync(folder)) {
    const file = join(folder, name);
    // Another process may remove it at the same time. A link to the packages stays.
    const found = fs.lstatSync(file, { throwIfNoEntry: false });
    if (found?.isFile() && found.mtimeMs < limit) fs.rmSync(file, { force: true });
  }
}

/** A text of 20 characters that another content does not have. */
export function shortHash(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, 20);
}
