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

/** The text of a script that runs on a Pi. */
export function onPiScript(
  name: "status.sh" | "generations.sh" | "room.sh" | `${(typeof rootScriptNames)[number]}.sh`,
): string {
  return readFileSync(join(packageRoot, "components/on-pi", name), "utf8");
}

/** What a Pi that lets nobody become root brings along, by name: the scripts that run as root, and their guard. */
export function rootScripts(): Record<string, string> {
  return Object.fromEntries(rootScriptNames.map((name) => [name, onPiScript(`${name}.sh`)]));
}

const rootScriptNames = ["root", "activate", "runner", "secrets"] as const;

/** The text of a script that runs on a build host reached over ssh. */
export function onBuildHostScript(name: "push.sh" | "closure.sh"): string {
  return readFileSync(join(packageRoot, "components/on-build-host", name), "utf8");
}
