// What the fleet's Commands run: one step of components/steps, named by the arguments. A run has several for each Pi, so
// they start fast: their code is one file, and what V8 made of it is kept.
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";
import { cacheFolder, isPublished, root, shortHash, writeWhole } from "./kept.js";

const script = isPublished
  ? `${root}dist/steps.cjs`
  : await (await import("./compiled.js")).compiled("components/steps/main", "script");
await run(script).ended;

/** Runs a script as a CommonJS module, with a code cache, as node:module's enableCompileCache keeps it from Node 22 on. */
function run(file) {
  // esbuild writes ASCII, which is read fastest so.
  const code = fs.readFileSync(file, "latin1");
  const folder = cacheFolder();
  const kept = folder && join(folder, `${shortHash(code)}-${process.versions.v8}-${process.arch}.code`);
  const cachedData = kept && codeCacheIn(kept);
  const wrapped = `(function (exports, require, module, moduleUrl) {${code}\n})`;
  const made = new Script(wrapped, { filename: file, cachedData });
  // At the end V8 has compiled what was called, too.
  if (kept && (!cachedData || made.cachedDataRejected)) process.once("exit", () => keep(kept, made));
  const module = { exports: {} };
  made.runInThisContext()(module.exports, createRequire(import.meta.url), module, import.meta.url);
  return module.exports;
}

/** A code cache, without the checksum at its end. V8 runs a damaged one without a word, so Node's own has a checksum too. */
function codeCacheIn(file) {
  if (!fs.existsSync(file)) return undefined;
  const bytes = fs.readFileSync(file);
  const end = bytes.length - 4;
  const data = bytes.subarray(0, end);
  return end > 0 && bytes.readUInt32LE(end) === crc32(data) ? data : undefined;
}

function keep(file, made) {
  const data = made.createCachedData();
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(data));
  try {
    writeWhole(file, Buffer.concat([data, checksum]));
  } catch (error) {
    // A step has its own end, and a full disk only makes the next one start slower.
    if (!("syscall" in error)) throw error;
  }
}
