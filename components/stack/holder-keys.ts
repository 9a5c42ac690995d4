import { readFileSync } from "node:fs";
import type { FleetConfig } from "../config/fleet-config.js";
import { resolveLocal } from "../shared/local-path.js";
import { publicKeyFault } from "../ssh/public-key.js";
import type { KeyOrUser } from "./github-users.js";

export function readHolders(fleet: FleetConfig, faults: string[]): KeyOrUser[] {
  return fleet.keys.holders.flatMap((holder, index): KeyOrUser[] => {
    if (typeof holder === "string") return [holder.trim()];
    if ("github" in holder) return [holder];
    const file = resolveLocal(holder.file);
    try {
      const lines = readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line && !line.startsWith("#"));
      const wrong =
        lines.map(publicKeyFault).find(Boolean) ?? (lines.length === 0 ? "the file is empty" : undefined);
      if (wrong) faults.push(`keys.holders[${index}].file: ${wrong}. Found in ${holder.file}.`);
      return lines;
    } catch (error) {
      const reason =
        (error as NodeJS.ErrnoException).code === "ENOENT"
          ? "there is no such file"
          : (error as Error).message;
      faults.push(
        `keys.holders[${index}].file: ${reason}: ${holder.file}. Make a key with ssh-keygen -t ed25519.`,
      );
      return [];
    }
  });
}
