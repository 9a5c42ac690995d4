import type { PiStatus } from "../on-pi/status.js";
import { secretChanges } from "../secrets/secret-changes.js";
import type { ActivationArgs } from "./activation-args.js";
import { unsettled } from "./unsettled.js";

/** Whether the Pi has the wanted system, whole, and the wanted secrets. */
export function isThere(args: ActivationArgs, status: PiStatus): boolean {
  return isWhole(args, status) && changesOfSecrets(args, status).length === 0;
}

/** Whether the Pi has the wanted system, and nothing says that an activation was left half-way. */
export function isWhole(args: ActivationArgs, status: PiStatus): boolean {
  return hasSystem(args, status) && unsettled(status) === undefined;
}

/**
 * Whether a Pi that is there needs no activation: a boot or a confirmed activation has brought it there, and config has
 * no health checks, which only an activation looks at.
 */
export function needsNothing(args: ActivationArgs, status: PiStatus): boolean {
  const { goal, health, toplevel } = args;
  const checked = goal !== "boot" && (health.units.length > 0 || health.check !== undefined);
  const vouched = status.booted === toplevel || status.record?.system === toplevel;
  return isThere(args, status) && vouched && !checked;
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
