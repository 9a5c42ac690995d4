// What the fleet's Commands run: one step of components/steps, named by the arguments. A run has several for each Pi, so
// they start fast: their code is one file, and what V8 made of it is kept.
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
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
  const cachedData = kept && fs.existsSync(kept) ? fs.readFileSync(kept) : undefined;
  const wrapped = `(function (exports, require, module, moduleUrl) {${code}\n})`;
  const made = new Script(wrapped, { filename: file, cachedData });
  // At the end V8 has compiled what was called, too.
  if (kept && (!cachedData || made.cachedDataRejected)) process.once("exit", () => keep(kept, made));
  const module = { exports: {} };
  made.runInThisContext()(module.exports, createRequire(import.meta.url), module, import.meta.url);
  return module.exports;
}

function keep(file, made) {
  try {
    writeWhole(file, made.createCachedData());
  } catch (error) {
    // A step has its own end, and a full disk only makes the next one start slower.
    if (!("syscall" in error)) throw error;
  }
}
