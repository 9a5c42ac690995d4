import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { archiveOf, fileAsset, type WireMap } from "./wire.js";

/** Files under `dir` that the globs name, each as an asset; a glob after "!" takes out what earlier ones named. */
export function globAssets(dir: string, globs: string[]): WireMap {
  const rules = globs.map((glob) => ({
    exclude: glob.startsWith("!"),
    pattern: globPattern(glob.replace(/^!/, "")),
  }));
  const assets: WireMap = {};
  for (const file of filesUnder(dir)) {
    const path = relative(dir, file);
    for (const { exclude, pattern } of rules) {
      if (!pattern.test(path)) continue;
      if (exclude) delete assets[path];
      else
        assets[path] = fileAsset(
          join(dir, path),
          createHash("sha256").update(readFileSync(file)).digest("hex"),
        );
    }
  }
  return assets;
}

export function globArchive(dir: string, globs: string[]): WireMap {
  return archiveOf(globAssets(dir, globs));
}

function filesUnder(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function globPattern(glob: string): RegExp {
  const tokens = glob.match(/\*\*|\*|\?|\[[^\]]*\]|\{|\}|,|\\.|[^*?[\]{},\\]+/g) ?? [];
  let depth = 0;
  const source = tokens.map((token) => {
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.startsWith("[")) return token.replace(/^\[!/, "[^");
    if (token === "{") return (depth++, "(?:");
    if (token === "}" && depth > 0) return (depth--, ")");
    if (token === "," && depth > 0) return "|";
    return token.replace(/^\\(.)$/, "$1").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`, "s");
}
