import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../shared/package-root.js";

/** The scripts of on-pi that run as root, and root.sh, which guards them. */
const rootScriptNames = ["root", "activate", "runner", "secrets"] as const;

export type OnPiScript =
  "status.sh" | "doctor.sh" | "generations.sh" | "disk-space.sh" | `${(typeof rootScriptNames)[number]}.sh`;

/** The text of a script as it runs on a Pi: one file, with all that it sources. */
export function onPiScript(name: OnPiScript): string {
  return bundle(join(packageRoot, "components/on-pi", name));
}

/** The scripts that a Pi with sudo.onlyActivation has in its system, by name: those that run as root, and root.sh. */
export function rootScripts(): Record<string, string> {
  return Object.fromEntries(rootScriptNames.map((name) => [name, onPiScript(`${name}.sh`)]));
}

/** Puts a sourced file in the place of the line that sources it, without its first line, which is for shellcheck. */
function bundle(file: string): string {
  return readFileSync(file, "utf8").replace(/^\. "\$\{0%\/\*\}\/(.+)"\n/gm, (_, sourced: string) =>
    bundle(join(dirname(file), sourced)).replace(/^# shellcheck .*\n/, ""),
  );
}
