import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../shared/package-root.js";

/** The text of a script that runs on a build host reached over ssh. */
export function onBuildHostScript(name: "push.sh" | "closure.sh" | "image-file.sh"): string {
  return readFileSync(join(packageRoot, "components/nix", name), "utf8");
}
