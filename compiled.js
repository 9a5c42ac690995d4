import * as fs from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheFolder, cacheFolders, removeOld, root, shortHash, writeWhole } from "./kept.js";

const forms = {
  /** For the program and the verbs. Packages stay outside: those of Pulumi must be the ones that its language host has. */
  module: { suffix: ".mjs", options: { format: "esm", packages: "external" } },
  /** For steps: one file with all that they need, which loads faster than some hundred files. step.js runs it. */
  script: {
    suffix: ".cjs",
    options: { format: "cjs", define: { "import.meta.url": "moduleUrl" } },
  },
};

/** What a compiled file is made of besides its sources. */
const compiler = ["compiled.js", "package.json", "tsconfig.json", "node_modules", "node_modules/esbuild"];

/**
 * Compiles an entry of this package by esbuild, unless that was done since the last edit.
 * @param entry its path in this package, without .ts
 * @param form one of `forms`
 * @returns the path of the JavaScript file
 */
export async function compiled(entry, form) {
  const noteName = `${basename(entry)}-${shortHash(`${root}${entry} ${form}`)}.json`;
  // In a checkout of somebody else's, what they compiled can be read.
  for (const folder of cacheFolders()) {
    const file = keptFile(folder, join(folder, noteName));
    if (file) return file;
  }
  const folder = cacheFolder();
  if (!folder)
    throw new Error(
      `${root} is compiled at its first start, and neither its node_modules nor ~/.cache can be written to`,
    );
  try {
    return await compile(entry, form, folder, join(folder, noteName));
  } catch (error) {
    if (!["ENOSPC", "EDQUOT"].includes(error.code)) throw error;
    throw new Error(`${root} is compiled at its first start, and ${folder} has no room for that`, {
      cause: error,
    });
  }
}

/** The file that was compiled last, if all that it was made of is as it was. */
function keptFile(folder, note) {
  const noted = readNote(note);
  if (!noted) return undefined;
  const { name, inputs } = noted;
  const file = join(folder, name);
  const isFresh = inputs.every(([path, stamp]) => stampOf(path).text === stamp);
  return isFresh && fs.existsSync(file) ? file : undefined;
}

function readNote(note) {
  if (!fs.existsSync(note)) return undefined;
  try {
    return JSON.parse(fs.readFileSync(note, "utf8"));
  } catch (error) {
    // It is damaged, or for others not to read, and written anew.
    if (error instanceof SyntaxError || error.code === "EACCES") return undefined;
    throw error;
  }
}

async function compile(entry, form, folder, note) {
  // The times of a file system may be some milliseconds behind this clock.
  const since = Date.now() - 100;
  const { code, sources } = await build(entry, form);
  if (!folder.startsWith(root)) findPackagesFrom(folder);
  const name = `${basename(entry)}-${shortHash(code)}${forms[form].suffix}`;
  const file = join(folder, name);
  if (!fs.existsSync(file)) writeWhole(file, code);
  const inputs = [...sources, ...compiler]
    .map((path) => resolve(root, path))
    .map((path) => [path, stampOf(path)]);
  // What was edited meanwhile may have been read before the edit: then the next start compiles again.
  if (inputs.every(([, { changed }]) => changed < since)) {
    writeWhole(note, JSON.stringify({ name, inputs: inputs.map(([path, { text }]) => [path, text]) }));
    removeOld(folder);
  }
  return file;
}

/** Lets code in a folder that is not in the project import the project's packages. */
function findPackagesFrom(folder) {
  try {
    fs.symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}

/** Compiles an entry. Gives its code, and the paths of all files that it was made of. */
export async function build(entry, form) {
  const source = `${root}${entry}.ts`;
  const { buildSync } = await import("esbuild");
  const { outputFiles, metafile } = withoutEngineVariables(() =>
    buildSync({
      entryPoints: [source],
      absWorkingDir: root,
      bundle: true,
      platform: "node",
      target: "node20",
      // The compiled file's own URL is in node_modules, which may be a link to another checkout's.
      define: { "import.meta.url": JSON.stringify(pathToFileURL(source).href) },
      metafile: true,
      write: false,
      logLevel: "warning",
      ...forms[form].options,
    }),
  );
  return { code: outputFiles[0].contents, sources: Object.keys(metafile.inputs) };
}

/** Any change of a file changes its stamp: the time of the last change can't be set, unlike that of the last write. */
function stampOf(path) {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (!found) return { text: "none", changed: 0 };
  return { text: `${found.ino} ${found.size} ${found.ctimeMs}`, changed: found.ctimeMs };
}

/** esbuild is a child too, and must not have the secrets that components/shared/child-environment.ts keeps from them. */
function withoutEngineVariables(work) {
  const engines = Object.entries(process.env).filter(([name]) => name.startsWith("PULUMI_"));
  for (const [name] of engines) delete process.env[name];
  try {
    return work();
  } finally {
    Object.assign(process.env, Object.fromEntries(engines));
  }
}
