import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

const linkedParts = ["kernel", "initrd", "kernel-modules", "dtbs", "firmware"];

/**
 * The parts in which two systems of this machine's store differ and that are used only from the next boot on, such as
 * `kernel` or `initrd`. boot-parts.sh does the same on a Pi.
 */
export async function changedBootParts(one: string, other: string): Promise<string[]> {
  const changed: string[] = [];
  for (const part of linkedParts) {
    const link = (system: string) => readlink(join(system, part)).catch(() => "");
    if ((await link(one)) !== (await link(other))) changed.push(part);
  }
  const params = (system: string) => readFile(join(system, "kernel-params"), "utf8").catch(() => "");
  if ((await params(one)).trim() !== (await params(other)).trim()) changed.push("kernel-params");
  return changed;
}
