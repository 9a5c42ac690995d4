import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../shared/package-root.js";

export const rootScriptNames = ["root", "activate", "runner", "secrets"] as const;

/** The text of a script that runs on a Pi. */
export function onPiScript(
  name: "status.sh" | "generations.sh" | "disk-space.sh" | `${(typeof rootScriptNames)[number]}.sh`,
): string {
  return readFileSync(join(packageRoot, "components/on-pi", name), "utf8");
}

/** What a Pi that lets nobody become root brings along, by name: the scripts that run as root, and their guard. */
export function rootScripts(): Record<string, string> {
  return Object.fromEntries(rootScriptNames.map((name) => [name, onPiScript(`${name}.sh`)]));
}
