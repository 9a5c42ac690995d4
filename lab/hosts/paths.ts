import { createHash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout this file belongs to. */
export const checkout = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Small generated files that the flake reads; in the checkout and ignored by git. */
export const generatedDir = join(checkout, "lab/.run");

/** Where this checkout's lab keeps everything else: cards, keys, its Nix store, Pulumi's state. */
export function labDir(...parts: string[]): string {
  const own = `/var/tmp/pi-fleet-lab-${createHash("sha256").update(checkout).digest("hex").slice(0, 8)}`;
  return join(resolve(process.env.PI_FLEET_LAB_DIR || own), ...parts);
}

/** Names this lab's traces on the machine (a cgroup, a use of the emulator), apart from other labs' ones. */
export function labId(): string {
  return createHash("sha256").update(labDir()).digest("hex").slice(0, 8);
}

/** A script that runs inside the lab's namespaces. */
export function script(name: string): string {
  return join(checkout, "lab/hosts", name);
}
