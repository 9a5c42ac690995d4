import type { PiStatus } from "../on-pi/status.js";
import { secretChanges } from "../secrets/secret-changes.js";
import type { ActivationArgs } from "./activation-args.js";

/** Whether the Pi has the wanted system and the wanted secrets. */
export function isThere(args: ActivationArgs, status: PiStatus): boolean {
  return hasSystem(args, status) && changesOfSecrets(args, status).length === 0;
}

/** Whether the Pi runs the wanted system and boots it, as far as the goal asks for that. */
export function hasSystem({ toplevel, goal }: ActivationArgs, { current, profile }: PiStatus): boolean {
  if (goal === "test") return current === toplevel;
  return profile === toplevel && (goal === "boot" || current === toplevel);
}

/** The changes that the Pi's secrets need, in words for a person. */
export function changesOfSecrets({ secrets }: ActivationArgs, status: PiStatus): string[] {
  return secrets ? secretChanges(secrets.ids, status.secrets) : [];
}
